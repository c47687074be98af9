//! Functions that are compiled once and called: their parameters are values. A generic one is compiled for each choice
//! of its type variables. A call of itself that is the last thing it does goes back to its beginning.

use super::env::{Binding, Env, Global, LoopPlace, RECUR};
use super::functions::Lets;
use super::problem::Problem;
use super::types::TypeVars;
use super::{Checker, Failed, Res, State, wrap_lets};
use crate::diag::Code;
use crate::read::Form;
use crate::tree::{Fun, Func, Kind, ParamTree, Tree};
use crate::ty::Ty;
use sawmill_ir::module::{Bind, Span};
use std::cell::{Cell, RefCell};
use std::rc::Rc;

impl Checker {
    /// A call of a generic function: the arguments say what its type variables stand for.
    pub(super) fn call_generic(
        &mut self,
        global: &Rc<Global>,
        args: &[Form],
        env: &Env,
        want: Option<&Ty>,
        at: Span,
    ) -> Res<Tree> {
        let mut vars = TypeVars::new();
        let mut trees = Vec::new();
        for (param, arg) in global.params.iter().zip(args) {
            let Some(form) = &param.ty else {
                return Err(Failed);
            };
            let open = vars.clone();
            let before = self.diagnostics.len();
            let known = self.parse_type_with(form, &open).ok();
            let known = known.filter(|ty| !super::literal::bottom(ty));
            self.diagnostics.truncate(before);
            let tree = self.value(arg, env, known.as_ref())?;
            let tree = match &known {
                Some(ty) => self.coerce_argument(tree, ty, param, Some(global))?,
                None => tree,
            };
            if !self.matches(form, &tree.ty, &mut vars) {
                return self.no_match(global, param, form, &tree, &vars);
            }
            trees.push(tree);
        }
        // What an empty literal is may follow from an argument after it.
        for (param, tree) in global.params.iter().zip(&mut trees) {
            if let Some(form) = param
                .ty
                .as_ref()
                .filter(|_| super::literal::bottom(&tree.ty))
            {
                let want = self.parse_type_with(form, &vars)?;
                let empty = std::mem::replace(tree, self.unit(at));
                *tree = self.coerce_argument(empty, &want, param, Some(global))?;
            }
        }
        if let Some((name, _)) = vars.iter().find(|v| super::literal::bottom(v.1)) {
            let why = format!(
                "what `{name}` of `{}` stands for cannot be told from an empty literal",
                global.name
            );
            let d = Problem::new(Code::NeedsType, self.place(at), why);
            return self.fail(d.help("name it with its type: `(def none-yet :- (List Int) [])`"));
        }
        self.needed(global, &vars, self.place(at))?;
        let types: Vec<Ty> = vars.values().cloned().collect();
        let stand: Vec<String> = vars
            .iter()
            .map(|v| format!("`{}` is {}", v.0, v.1))
            .collect();
        let outer = std::mem::replace(&mut self.type_vars, vars);
        let said = self.diagnostics.len();
        let state = self.function(global, types);
        self.type_vars = outer;
        let place = self.place(at);
        for d in self.diagnostics.iter_mut().skip(said) {
            d.others
                .push((place, format!("called here, where {}", stand.join(" and "))));
        }
        match state {
            State::Wrong => Err(Failed),
            State::Expanded => self.expand(global, args, env, want, None, at),
            state => self.call_with(global, state, trees, env, at),
        }
    }

    /// Reports an argument that is not what the type of its parameter says, with what its variables stand for.
    pub(super) fn no_match(
        &mut self,
        global: &Global,
        param: &super::env::Param,
        form: &Form,
        tree: &Tree,
        vars: &TypeVars,
    ) -> Res<Tree> {
        let said = self.diagnostics.len();
        let known = self.known_type(form, vars);
        self.diagnostics.truncate(said);
        match known {
            Ok(Some(ty)) => self.wrong_argument(global, param, &ty.to_string(), tree, Some(&ty)),
            _ => {
                let shown = super::expand::shown(form);
                let sketch = super::help::sketch(form.head());
                self.wrong_argument(global, param, &shown, tree, sketch.as_ref())
            }
        }
    }

    /// A call of a function that takes these types.
    pub(super) fn call(
        &mut self,
        global: &Rc<Global>,
        state: State,
        args: &[Form],
        env: &Env,
        at: Span,
    ) -> Res<Tree> {
        let (State::Ready(fun) | State::Checking(fun, _)) = state else {
            return Err(Failed);
        };
        let mut trees = Vec::new();
        for (i, arg) in args.iter().enumerate() {
            let ty = self.funcs[fun].params[i].ty.clone();
            let tree = self.value(arg, env, Some(&ty))?;
            trees.push(self.coerce_argument(tree, &ty, &global.params[i], Some(global))?);
        }
        self.call_with(global, state, trees, env, at)
    }

    fn call_with(
        &mut self,
        global: &Rc<Global>,
        state: State,
        trees: Vec<Tree>,
        env: &Env,
        at: Span,
    ) -> Res<Tree> {
        let (fun, ty) = match state {
            State::Ready(fun) => (fun, self.funcs[fun].result.clone()),
            State::Checking(fun, result) => {
                if let Some(place) = self.start_of(fun).filter(|_| env.returns) {
                    place.used.set(true);
                    return Ok(self.tree(Kind::Recur(place.label, trees), Ty::Never, at));
                }
                match result {
                    Some(ty) => (fun, ty),
                    None => return self.no_result_type(global, at),
                }
            }
            _ => return Err(Failed),
        };
        Ok(self.tree(Kind::Call(fun, trees), ty, at))
    }

    /// Where the function starts, if it is the one whose body is being checked.
    fn start_of(&self, fun: Fun) -> Option<Rc<LoopPlace>> {
        let (innermost, place) = self.starts.last()?;
        (*innermost == fun).then(|| place.clone())
    }

    fn no_result_type(&mut self, global: &Global, at: Span) -> Res<Tree> {
        let name = &global.name;
        let why = format!("`{name}` calls itself, so its result type has to be stated");
        let d = Problem::new(Code::Recursion, self.place(at), why)
            .help(format!("(defn {name} :- Int [...] ...)"));
        self.fail(d)
    }

    /// Checks a first-order function once for what its type variables stand for, which is in `type_vars`.
    pub(super) fn function(&mut self, global: &Rc<Global>, types: Vec<Ty>) -> State {
        let key = (global.id, types);
        if let Some(state) = self.functions.get(&key) {
            return state.clone();
        }
        let outer = (self.level, self.captured, self.site);
        self.level += 1;
        self.captured = false;
        let reported = self.diagnostics.len();
        let rewritten = std::mem::take(&mut self.rewritten);
        let blame = self.blame.take();
        let starts = self.starts.len();
        let state = match self.function_body(global, &key) {
            Ok(state) => state,
            Err(Failed) if self.captured => {
                self.diagnostics.truncate(reported);
                State::Expanded
            }
            Err(Failed) => State::Wrong,
        };
        self.starts.truncate(starts);
        self.rewritten = rewritten;
        self.blame = blame;
        (self.level, self.captured, self.site) = outer;
        self.functions.insert(key, state.clone());
        state
    }

    fn function_body(&mut self, global: &Rc<Global>, key: &(usize, Vec<Ty>)) -> Res<State> {
        let mut env = self.top.inner();
        let mut lets = Lets::new();
        let (fun, result) = self.declare(global, key, &mut env, &mut lets)?;
        let start = self.starts.last().map(|s| s.1.clone()).ok_or(Failed)?;
        let env = env.with(RECUR, Binding::Loop(start.clone()));
        let env = env.at_tail().returning(true);
        let body = self.body(&global.body, &env, result.as_ref())?;
        let body = wrap_lets(lets, body);
        self.complete(global, fun, result, body, &start)
    }

    /// The function and its stated result; its parameters are in `env` then, and where it starts is on the stack.
    fn declare(
        &mut self,
        global: &Global,
        key: &(usize, Vec<Ty>),
        env: &mut Env,
        lets: &mut Lets,
    ) -> Res<(Fun, Option<Ty>)> {
        let mut params = Vec::new();
        let mut names = Vec::new();
        for p in &global.params {
            let ty = self.parse_type(p.ty.as_ref().ok_or(Failed)?)?;
            let var = self.var(ty.clone());
            *env = env.with(&p.name, Binding::Local(var, self.level));
            names.push((var, p.name.clone()));
            params.push(ParamTree {
                name: p.name.to_string(),
                ty,
                var,
                bind: Bind::Arg,
            });
        }
        for (p, (var, _)) in global.params.iter().zip(&names) {
            *env = self.destructure_param(p, *var, env.clone(), lets)?;
        }
        let result = match &global.result {
            Some(form) => Some(self.parse_type(form)?),
            None => None,
        };
        let fun = self.funcs.push(Func {
            name: global.name.to_string(),
            params,
            result: result.clone().unwrap_or(Ty::Unit),
            body: None,
        });
        let label = self.label();
        let place = LoopPlace {
            label,
            names,
            used: Cell::new(false),
            gave: RefCell::new(None),
            is_loop: false,
        };
        self.starts.push((fun, Rc::new(place)));
        let state = State::Checking(fun, result.clone());
        self.functions.insert(key.clone(), state);
        Ok((fun, result))
    }

    fn complete(
        &mut self,
        global: &Global,
        fun: Fun,
        result: Option<Ty>,
        body: Tree,
        start: &LoopPlace,
    ) -> Res<State> {
        let body = match &result {
            Some(want) => self.coerce(body, want, &format!("the result of `{}`", global.name))?,
            None if matches!(body.ty, Ty::Seq(_)) => return Ok(State::Expanded),
            None => body,
        };
        if body.ty == Ty::Never && result.is_none() {
            return match start.used.get() {
                true => self.never_gives(global, body.at),
                false => Ok(State::Expanded),
            };
        }
        self.returnable(&body)?;
        self.funcs[fun].result = result.unwrap_or(body.ty.clone());
        let body = match start.used.get() {
            true => self.going_round(fun, body, start),
            false => body,
        };
        self.funcs[fun].body = Some(body);
        Ok(State::Ready(fun))
    }

    /// Reports a function that goes back to its beginning wherever it does not fail.
    fn never_gives(&mut self, global: &Global, at: Span) -> Res<State> {
        let name = &global.name;
        let why = format!("`{name}` calls itself on every path, so it never gives a value");
        let d = Problem::new(Code::Recursion, self.place(at), why);
        self.fail(d.help(format!(
            "give a value where it is done, `(if done? x ({name} ...))`; what goes on until it fails states a result type, `(defn {name} :- Unit [...] ...)`"
        )))
    }

    /// Reports what a function of the program cannot give.
    pub(super) fn returnable(&mut self, tree: &Tree) -> Res<()> {
        if !matches!(tree.ty, Ty::Array(_)) {
            return Ok(());
        }
        let why =
            "an array cannot be given by a function: it is passed down, and gone with who made it";
        let d = Problem::new(Code::SecondClass, tree.at, why);
        self.fail(d.help("`(freeze a)` gives its elements as a List"))
    }

    /// The body as a loop over the parameters, which start as what the function is called with.
    fn going_round(&mut self, fun: Fun, body: Tree, start: &LoopPlace) -> Tree {
        let mut vars = Vec::new();
        for (i, (var, _)) in start.names.iter().enumerate() {
            let ty = self.vars[*var].clone();
            let given = self.var(ty.clone());
            self.funcs[fun].params[i].var = given;
            vars.push((*var, Tree::new(Kind::Var(given), ty, body.at)));
        }
        let (ty, at) = (self.funcs[fun].result.clone(), body.at);
        Tree::new(Kind::Loop(start.label, vars, body), ty, at)
    }
}
