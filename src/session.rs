//! A session: forms given one after another, each of which may name what the ones before defined. The REPL is one.

use crate::engine::{Engine, Program};
use crate::error::Error;
use crate::source::Sources;
use sawmill_frontend as frontend;
use sawmill_frontend::check::Defined;
use sawmill_frontend::read::{Form, read};
use sawmill_frontend::ty::Ty;
use sawmill_ir::module::{Bind, Span};
use sawmill_ir::value::{Data, View};
use sawmill_runtime::context::Context;
use std::collections::HashMap;

/// A session of an engine: definitions, and the context that its programs run in, with the handles that definitions
/// hold.
pub struct Session {
    engine: Engine,
    context: Box<Context>,
    sources: Sources,
    known: frontend::Context,
    values: HashMap<String, Data>,
}

/// What a text turned out to be.
pub enum Input {
    /// Definitions of functions, taken in: their names.
    Functions(Vec<String>),
    /// A program without parameters, ready for [`Session::run`].
    Program(Program),
    /// A program with parameters: there is nothing to call it with.
    Abstraction(Program),
    /// Nothing at all.
    Nothing,
}

impl Session {
    /// A new session.
    pub fn new(engine: &Engine) -> Result<Session, Error> {
        Ok(Session {
            engine: engine.clone(),
            context: engine.context()?,
            sources: Sources::default(),
            known: frontend::Context::default(),
            values: HashMap::new(),
        })
    }

    /// Where its programs run: to stop them, to say where rows go.
    pub fn context(&mut self) -> &mut Context {
        &mut self.context
    }

    /// The texts given so far.
    pub fn sources(&self) -> &Sources {
        &self.sources
    }

    /// The names defined so far: values with their type, then functions.
    pub fn names(&self) -> Vec<(String, Option<Ty>)> {
        let values = self
            .known
            .values
            .iter()
            .map(|d| (d.name.clone(), Some(d.ty.clone())));
        let functions = self
            .known
            .functions
            .iter()
            .filter_map(|f| Some((function_name(f)?.to_string(), None)));
        values.chain(functions).collect()
    }

    /// Reads, checks and compiles a text; `name` is what messages call it. Functions it defines are taken in.
    pub fn input(&mut self, name: &str, text: &str) -> Result<Input, Error> {
        let source = self.sources.add(name, text);
        let forms = read(text, source);
        if !forms.diagnostics.is_empty() {
            return Err(Error::Invalid(forms.diagnostics, self.sources.clone()));
        }
        let forms = forms.forms;
        if forms.is_empty() {
            return Ok(Input::Nothing);
        }
        if forms.iter().all(frontend::check::is_definition) {
            return self.functions(&forms);
        }
        let end = Span {
            source,
            start: text.len() as u32,
            end: text.len() as u32,
        };
        let compiled = frontend::compile_forms(&forms, &self.known, end);
        let compiled = compiled.map_err(|all| Error::Invalid(all, self.sources.clone()))?;
        let program = self.engine.finish(compiled, self.sources.clone())?;
        if !program.params().is_empty() {
            return Ok(Input::Abstraction(program));
        }
        let functions: Vec<Form> = forms
            .into_iter()
            .filter(frontend::check::is_definition)
            .collect();
        self.take_in(functions);
        Ok(Input::Program(program))
    }

    fn functions(&mut self, forms: &[Form]) -> Result<Input, Error> {
        let checked =
            frontend::check::check_definitions(forms, &self.known.functions, &self.known.values);
        checked.map_err(|all| Error::Invalid(all, self.sources.clone()))?;
        let names = forms
            .iter()
            .filter_map(function_name)
            .map(str::to_string)
            .collect();
        self.take_in(forms.to_vec());
        Ok(Input::Functions(names))
    }

    fn take_in(&mut self, functions: Vec<Form>) {
        for form in functions {
            let name = function_name(&form).map(str::to_string);
            self.known
                .functions
                .retain(|f| function_name(f) != name.as_deref());
            self.known.values.retain(|d| Some(&d.name) != name.as_ref());
            self.known.functions.push(form);
        }
    }

    /// Runs a program of this session. `show` gets the result (the rows of a sequence as a list), unless the program is
    /// a definition. Afterwards the name it defines, or else `*1`, stands for the value.
    pub fn run(
        &mut self,
        program: &Program,
        show: impl FnOnce(&View, &Context),
    ) -> Result<(), Error> {
        let args = self.arguments(program);
        self.context.collect_rows();
        let result = program.run_in(&mut self.context, &args);
        let outcome = result.map(|words| {
            let view = self.context.rows().or_else(|| self.context.view(&words))?;
            if program.defines().is_none() {
                show(&view, &self.context);
            }
            Some(view.data())
        });
        if let Ok(Some(data)) = &outcome {
            keep_handles(&mut self.context, data);
        }
        self.context.unload();
        let Some(data) = outcome? else { return Ok(()) };
        let ty = match program.result() {
            Ty::Seq(t) => Ty::List(t.clone()),
            other => other.clone(),
        };
        match program.defines() {
            Some(name) if !can_be_given(&data) => {
                let why =
                    "holds an error, or nests too deep, and is not kept from one input to the next";
                return Err(Error::Argument(format!("`{name}` {why}")));
            }
            Some(name) => self.define(name.to_string(), ty, data),
            None => self.remember(ty, data),
        }
        Ok(())
    }

    /// The last three results are `*1`, `*2` and `*3`. Errors are not values that can be given to a program yet.
    fn remember(&mut self, ty: Ty, data: Data) {
        if ty == Ty::Unit || !can_be_given(&data) {
            return;
        }
        for (from, to) in [("*2", "*3"), ("*1", "*2")] {
            let known = self
                .known
                .values
                .iter()
                .find(|d| d.name == from)
                .map(|d| d.ty.clone());
            if let (Some(ty), Some(data)) = (known, self.values.get(from).cloned()) {
                self.define(to.to_string(), ty, data);
            }
        }
        self.define("*1".to_string(), ty, data);
    }

    fn define(&mut self, name: String, ty: Ty, data: Data) {
        self.known.values.retain(|d| d.name != name);
        self.known
            .functions
            .retain(|f| function_name(f) != Some(&name));
        self.known.values.push(Defined {
            name: name.clone(),
            ty,
        });
        if let Some(old) = self.values.insert(name, data) {
            self.close_unnamed(&old);
        }
    }

    /// Closes the handles of a value that nothing names any more.
    fn close_unnamed(&mut self, old: &Data) {
        use sawmill_ir::host::Host;
        let mut named = Vec::new();
        self.values.values().for_each(|d| handles(d, &mut named));
        let mut gone = Vec::new();
        handles(old, &mut gone);
        for handle in gone.into_iter().filter(|h| !named.contains(h)) {
            self.context.close(handle);
        }
    }

    fn arguments(&self, program: &Program) -> Vec<Data> {
        let module = program.verified().module();
        let params = &module.funcs[module.entry].params;
        let defs = params.iter().filter(|p| p.bind == Bind::Def);
        defs.map(|p| self.values.get(&p.name).cloned().unwrap_or(Data::Unit))
            .collect()
    }
}

fn function_name(form: &Form) -> Option<&str> {
    form.list()?.get(1)?.symbol()
}

/// Makes the session own the handles that a value holds.
fn keep_handles(context: &mut Context, data: &Data) {
    let mut all = Vec::new();
    handles(data, &mut all);
    for handle in all {
        context.keep(handle);
    }
}

fn handles(data: &Data, out: &mut Vec<u64>) {
    match data {
        Data::Handle(h) => out.push(*h),
        // An entry of a definition can be asked about as long as the definition lives.
        Data::Entry { dir, .. } if !out.contains(dir) => out.push(*dir),
        Data::List(all) | Data::Record(_, all) => all.iter().for_each(|d| handles(d, out)),
        Data::Ok(d) | Data::Some(d) => handles(d, out),
        Data::Map(pairs) => pairs.iter().for_each(|(k, v)| {
            handles(k, out);
            handles(v, out);
        }),
        Data::Case { fields, .. } => fields.iter().for_each(|f| handles(&f.1, out)),
        _ => {}
    }
}

/// Whether a program can take the value as a parameter: it holds no error, and nothing that lies too deep.
fn can_be_given(data: &Data) -> bool {
    match data {
        Data::Err(_) | Data::Deep => false,
        Data::List(all) | Data::Record(_, all) => all.iter().all(can_be_given),
        Data::Ok(d) | Data::Some(d) => can_be_given(d),
        Data::Map(pairs) => pairs
            .iter()
            .all(|(k, v)| can_be_given(k) && can_be_given(v)),
        Data::Case { fields, .. } => fields.iter().all(|f| can_be_given(&f.1)),
        _ => true,
    }
}
