//! The loader: tests a program's parameters and lays out its run.
//!
//! Promises: the program's powers and the rights of every parameter are tested before the first system call, so a program that is refused
//! makes none.

use crate::context::Context;
use sawmill_ir::collect::Turns;
use sawmill_ir::errno::errno_name;
use sawmill_ir::eval::float_word;
use sawmill_ir::fault::Fault;
use sawmill_ir::host::Host;
use sawmill_ir::layout::{Layout, case, list};
use sawmill_ir::library::{Sites, collections};
use sawmill_ir::module::{Bind, BlockId, FuncId, Module};
use sawmill_ir::powers::Powers;
use sawmill_ir::rights::Rights;
use sawmill_ir::ty::{FILE_TYPES, Type};
use sawmill_ir::value::Data;
use sawmill_ir::verify::Verified;
use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, OnceLock};

/// What is known of the module that is loaded.
pub(crate) struct Loaded {
    pub(crate) module: Arc<Module>,
    pub(crate) layout: Layout,
    pub(crate) library: Sites,
    pub(crate) turns: Turns,
    /// The type of the output list, if the entry's result is a seq.
    pub(crate) rows: Option<Type>,
    /// Where an instruction is, by site: made when an error first asks.
    sites: OnceLock<HashMap<u64, (BlockId, usize)>>,
}

/// Why a program is not run. Parameters are told by their number.
#[derive(Clone, PartialEq, Debug)]
pub enum LoadError {
    /// The number of arguments is not that of the parameters that a host binds.
    Arguments {
        /// How many there are to bind.
        wanted: usize,
        /// How many there were.
        given: usize,
    },
    /// An argument is no value of the parameter's type.
    Type {
        /// Which parameter.
        param: usize,
        /// Its type.
        wanted: Type,
    },
    /// A handle among the arguments is closed.
    Closed {
        /// Which parameter.
        param: usize,
    },
    /// The rights that a parameter's type says are more than what it is bound to has.
    Denied {
        /// Which parameter.
        param: usize,
        /// What is missing.
        missing: Rights,
    },
    /// The program takes powers that it was not granted.
    Powers {
        /// Those that are missing.
        missing: Powers,
    },
    /// The root directory or the working directory could not be opened.
    Open {
        /// Which parameter wanted it.
        param: usize,
        /// The errno.
        errno: i32,
    },
    /// Constants and arguments do not fit in the memory limit.
    Memory,
}

impl fmt::Display for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LoadError::Arguments { wanted, given } => {
                write!(f, "the program takes {wanted} arguments, not {given}")
            }
            LoadError::Type { param, wanted } => {
                write!(f, "argument for parameter {param} is not of type {wanted}")
            }
            LoadError::Closed { param } => {
                write!(f, "a handle given for parameter {param} is closed")
            }
            LoadError::Denied { param, missing } => {
                write!(
                    f,
                    "what parameter {param} is bound to lacks the rights {missing}"
                )
            }
            LoadError::Powers { missing } => {
                write!(
                    f,
                    "the program takes the powers {missing}, which were not granted"
                )
            }
            LoadError::Open { param, errno } => {
                let errno = errno_name(*errno);
                write!(
                    f,
                    "the directory of parameter {param} cannot be opened: {errno}"
                )
            }
            LoadError::Memory => write!(f, "the arguments do not fit in the memory limit"),
        }
    }
}

impl std::error::Error for LoadError {}

/// What is wrong with an argument.
enum Misfit {
    Type,
    Closed,
    Denied(Rights),
}

impl Loaded {
    fn of(module: &Arc<Module>) -> Loaded {
        let result = module
            .funcs
            .get(module.entry)
            .and_then(|f| f.result.as_ref());
        Loaded {
            layout: Layout::of(module),
            library: Sites::of(module),
            turns: Turns::of(module),
            rows: match result {
                Some(Type::Seq(t)) => Some(Type::List(t.clone())),
                _ => None,
            },
            module: module.clone(),
            sites: OnceLock::new(),
        }
    }

    /// The types of the operands of the instruction at a site.
    pub(crate) fn operands(&self, site: u64) -> Vec<&Type> {
        let sites = self.sites.get_or_init(|| index_sites(&self.module));
        let Some(func) = self.module.funcs.get(FuncId((site >> 32) as u32)) else {
            return Vec::new();
        };
        let inst = sites
            .get(&site)
            .and_then(|(block, at)| func.blocks.get(*block)?.insts.get(*at));
        let args = inst.map_or(&[][..], |i| &i.args);
        args.iter().filter_map(|v| func.values.get(*v)).collect()
    }
}

fn index_sites(module: &Module) -> HashMap<u64, (BlockId, usize)> {
    let mut sites = HashMap::new();
    for (id, func) in module.funcs.iter() {
        for (block, body) in func.blocks.iter() {
            for (at, inst) in body.insts.iter().enumerate() {
                sites.insert(sawmill_ir::fault::site(id, inst.result), (block, at));
            }
        }
    }
    sites
}

impl Context {
    /// Makes ready to run `program`: ends the run before ([`Context::unload`]), tests `args` (one for each parameter
    /// that the host or an earlier definition binds, in their order) and the rights of every parameter, lays out
    /// constants and arguments in memory, and opens the directories that roots start at. Gives the words of all
    /// parameters, for the engine.
    pub fn load(&mut self, program: &Verified, args: &[Data]) -> Result<Vec<u64>, LoadError> {
        self.unload();
        self.restore_head();
        let module = program.module();
        let same = |l: &Arc<Loaded>| Arc::ptr_eq(&l.module, module);
        let loaded = match self.loaded.clone().filter(same) {
            Some(loaded) => loaded,
            None => Arc::new(Loaded::of(module)),
        };
        let params = self.check(module, args)?;

        let heap = loaded.layout.heap;
        if heap > self.limit {
            return Err(LoadError::Memory);
        }
        loaded.layout.fill(module, self.range.bytes_mut());
        self.top = heap;
        self.loaded = Some(loaded.clone());
        self.out = self
            .put_words(&[0; (list::HEADER / 8) as usize])
            .map_err(|_| LoadError::Memory)?;

        let mut words = Vec::new();
        for (param, (ty, from)) in params.iter().enumerate() {
            let bound = match from {
                From::Data(data) => self.marshal(module, ty, data, &mut words),
                From::Given(data) => self.marshal(module, ty, data, &mut words),
                From::Cwd => self.cwd().map(|h| words.push(h)).map_err(Fault::Errno),
                From::Path(id) => {
                    let at = loaded.layout.data[*id];
                    let len = module.data[*id].len() as u64;
                    self.resolve(at, len).map(|root| words.extend(root))
                }
            };
            bound.map_err(|fault| match fault {
                Fault::Errno(errno) => LoadError::Open { param, errno },
                _ => LoadError::Memory,
            })?;
        }
        Ok(words)
    }

    /// Pairs the entry's parameters with what they are bound to, and tests that the one fits the other.
    fn check<'a>(
        &self,
        module: &'a Module,
        args: &'a [Data],
    ) -> Result<Vec<(&'a Type, From<'a>)>, LoadError> {
        let Some(entry) = module.funcs.get(module.entry) else {
            return Ok(Vec::new());
        };
        let missing = entry.powers.minus(self.options.powers);
        if !missing.is_empty() {
            return Err(LoadError::Powers { missing });
        }
        let host = |bind: Bind| matches!(bind, Bind::Arg | Bind::Def);
        let wanted = entry.params.iter().filter(|p| host(p.bind)).count();
        if wanted != args.len() {
            let given = args.len();
            return Err(LoadError::Arguments { wanted, given });
        }
        let mut args = args.iter();
        let mut bound = Vec::new();
        for (param, (row, value)) in entry.params.iter().zip(entry.param_values()).enumerate() {
            let ty = &entry.values[*value];
            let wants = ty.rights().unwrap_or(Rights::NONE);
            let (from, fits) = match row.bind {
                Bind::Cwd => (From::Cwd, self.ambient(wants)),
                Bind::Root(id) => (From::Path(id), self.ambient(wants)),
                Bind::Args => self.bound_to_given(module, self.given.args(), ty),
                Bind::Environment => self.bound_to_given(module, self.given.environment(), ty),
                Bind::Variable(name) => {
                    self.bound_to_given(module, self.given.variable(&module.data[name]), ty)
                }
                Bind::Arg | Bind::Def => {
                    let data = args.next().unwrap_or(&Data::Unit);
                    (From::Data(data), self.fits(module, data, ty))
                }
            };
            fits.map_err(|misfit| match misfit {
                Misfit::Type => LoadError::Type {
                    param,
                    wanted: ty.clone(),
                },
                Misfit::Closed => LoadError::Closed { param },
                Misfit::Denied(missing) => LoadError::Denied { param, missing },
            })?;
            bound.push((ty, from));
        }
        Ok(bound)
    }

    /// What the host gives all programs, which has to be what the type says as arguments have: paths without a NUL.
    fn bound_to_given(
        &self,
        module: &Module,
        data: Data,
        ty: &Type,
    ) -> (From<'static>, Result<(), Misfit>) {
        let fits = self.fits(module, &data, ty);
        (From::Given(data), fits)
    }

    fn ambient(&self, wants: Rights) -> Result<(), Misfit> {
        match wants.minus(self.options.ambient) {
            Rights::NONE if self.options.ambient != Rights::NONE => Ok(()),
            missing => Err(Misfit::Denied(missing)),
        }
    }

    fn handle_fits(&self, handle: u64, wants: Rights) -> Result<(), Misfit> {
        let rights = self.rights(handle).ok_or(Misfit::Closed)?;
        match wants.minus(rights) {
            Rights::NONE => Ok(()),
            missing => Err(Misfit::Denied(missing)),
        }
    }

    /// Whether `data` is a value of type `ty`, with open handles that have the rights it says.
    fn fits(&self, module: &Module, data: &Data, ty: &Type) -> Result<(), Misfit> {
        let holds = match (ty, data) {
            (Type::Unit, Data::Unit)
            | (Type::Bool, Data::Bool(_))
            | (Type::Int, Data::Int(_))
            | (Type::Size, Data::Size(_))
            | (Type::Float, Data::Float(_))
            | (Type::Duration, Data::Duration(_))
            | (Type::Mode, Data::Mode(_))
            | (Type::Ino, Data::Ino(_))
            | (Type::Dev, Data::Dev(_))
            | (Type::Bytes, Data::Bytes(_))
            | (Type::Str, Data::Str(_)) => true,
            (Type::FileType, Data::FileType(n)) => FILE_TYPES.iter().any(|row| row.0 == *n),
            (Type::Time, Data::Time { nsec, .. }) => *nsec < 1_000_000_000,
            (Type::Path, Data::Path(bytes)) => !bytes.contains(&0),
            (Type::Name, Data::Path(bytes)) => is_component(bytes),
            (Type::Root(r), Data::Path(bytes)) if !bytes.contains(&0) => return self.ambient(*r),
            (Type::Dir(r) | Type::File(r), Data::Handle(h)) => return self.handle_fits(*h, *r),
            (Type::Listing, Data::Handle(h)) => return self.handle_fits(*h, Rights::NONE),
            (Type::Entry(r), Data::Entry { dir, name, .. }) if is_component(name) => {
                return self.handle_fits(*dir, *r);
            }
            (Type::List(t), Data::List(items)) => {
                return items.iter().try_for_each(|item| self.fits(module, item, t));
            }
            (Type::Record(r), Data::Record(_, fields)) if fields.len() == r.fields.len() => {
                let mut both = fields.iter().zip(&r.fields);
                return both.try_for_each(|(field, (_, ty))| self.fits(module, field, ty));
            }
            (Type::Result(t), Data::Ok(value)) => return self.fits(module, value, t),
            (Type::Option(_), Data::None) => true,
            (Type::Option(t), Data::Some(value)) => return self.fits(module, value, t),
            (Type::Desc(t), _) => return self.fits(module, data, t),
            (Type::Map(k, v), Data::Map(pairs)) => {
                return pairs.iter().try_for_each(|(key, value)| {
                    self.fits(module, key, k)?;
                    self.fits(module, value, v)
                });
            }
            (Type::Enum(e), Data::Case { of, case, fields }) if *of == e.name => {
                let found = module.enum_named(of);
                let case = found.and_then(|e| e.cases.get(e.case(case)? as usize));
                let Some(case) = case.filter(|c| c.fields.len() == fields.len()) else {
                    return Err(Misfit::Type);
                };
                let mut both = fields.iter().zip(&case.fields);
                return both.try_for_each(|(field, (_, ty))| self.fits(module, &field.1, ty));
            }
            _ => false,
        };
        if holds { Ok(()) } else { Err(Misfit::Type) }
    }

    /// Writes a value of type `ty`, which `data` was found to be, and appends its words.
    fn marshal(
        &mut self,
        module: &Module,
        ty: &Type,
        data: &Data,
        words: &mut Vec<u64>,
    ) -> Result<(), Fault> {
        match (ty, data) {
            (_, Data::Bool(b)) => words.push(u64::from(*b)),
            (_, Data::Int(n) | Data::Size(n) | Data::Duration(n)) => words.push(*n as u64),
            (_, Data::Float(n)) => words.push(float_word(*n)),
            (_, Data::Mode(n)) => words.push(u64::from(*n)),
            (_, Data::FileType(n) | Data::Ino(n) | Data::Dev(n) | Data::Handle(n)) => {
                words.push(*n);
            }
            (_, Data::Time { sec, nsec }) => words.extend([*sec as u64, u64::from(*nsec)]),
            (_, Data::Str(text)) => words.extend(self.put_bytes(text.as_bytes())?),
            (Type::Root(_), Data::Path(path)) => {
                let [at, len] = self.put_bytes(path)?;
                words.extend(self.resolve(at, len)?);
            }
            (_, Data::Bytes(bytes)) => words.extend(self.put_bytes(bytes)?),
            (Type::Option(t), Data::None) => words.resize(words.len() + 1 + t.width(), 0),
            (Type::Option(t), Data::Some(value)) => {
                words.push(1);
                self.marshal(module, t, value, words)?;
            }
            (Type::Desc(t), _) => self.marshal(module, t, data, words)?,
            (Type::Map(k, v), Data::Map(pairs)) => {
                let mut entries = Vec::with_capacity(pairs.len() * (k.width() + v.width()));
                for (key, value) in pairs {
                    self.marshal(module, k, key, &mut entries)?;
                    self.marshal(module, v, value, &mut entries)?;
                }
                let map = collections::map_of(module, self, (k, v), pairs.len(), &entries)?;
                words.push(map);
            }
            (Type::Enum(e), Data::Case { case, fields, .. }) => {
                words.push(self.marshal_case(module, &e.name, case, fields)?);
            }
            (_, Data::Path(path)) => words.extend(self.put_bytes(path)?),
            (
                _,
                Data::Entry {
                    dir,
                    name,
                    ino,
                    kind,
                },
            ) => {
                let [at, len] = self.put_bytes(name)?;
                words.push(self.put_words(&[*dir, at, len, *ino, *kind])?);
            }
            (Type::List(t), Data::List(items)) => {
                let mut elements = Vec::with_capacity(items.len() * t.width());
                for item in items {
                    self.marshal(module, t, item, &mut elements)?;
                }
                let count = items.len() as u64;
                let at = self.put_words(&elements)?;
                words.push(self.put_words(&[count, count, at])?);
            }
            (Type::Record(r), Data::Record(_, fields)) => {
                let mut record = Vec::with_capacity(r.words());
                for (field, (_, ty)) in fields.iter().zip(&r.fields) {
                    self.marshal(module, ty, field, &mut record)?;
                }
                words.push(self.put_words(&record)?);
            }
            (Type::Result(t), Data::Ok(value)) => {
                let end = words.len() + ty.width();
                words.push(0);
                self.marshal(module, t, value, words)?;
                words.resize(end, 0);
            }
            _ => {}
        }
        Ok(())
    }
}

impl Context {
    /// Writes a case of an enum: where it lies.
    fn marshal_case(
        &mut self,
        module: &Module,
        of: &str,
        case: &str,
        fields: &[(String, Data)],
    ) -> Result<u64, Fault> {
        let found = module.enum_named(of);
        let number = found.and_then(|e| e.case(case)).unwrap_or(0);
        if fields.is_empty() {
            return Ok(case::constant(number));
        }
        let types = found.and_then(|e| e.cases.get(number as usize));
        let types = types.map_or(&[][..], |c| &c.fields);
        let mut object = vec![u64::from(number)];
        for ((_, field), (_, ty)) in fields.iter().zip(types) {
            self.marshal(module, ty, field, &mut object)?;
        }
        self.put_words(&object)
    }
}

/// What a parameter is bound to.
enum From<'a> {
    Data(&'a Data),
    Given(Data),
    Cwd,
    Path(sawmill_ir::module::DataId),
}

fn is_component(bytes: &[u8]) -> bool {
    !matches!(bytes, b"" | b"." | b"..") && !bytes.iter().any(|b| matches!(b, 0 | b'/'))
}
