//! The verifier: good modules pass, each bad one is refused by its rule and no other, and no module makes it panic.

#![allow(clippy::unwrap_used, reason = "modules known to parse")]

mod common;

use common::{Dice, files, good};
use proptest::prelude::*;
use sawmill_ir::flags::Flags;
use sawmill_ir::module::*;
use sawmill_ir::ops::Op;
use sawmill_ir::powers::Powers;
use sawmill_ir::rights::Rights;
use sawmill_ir::syscalls::Sys;
use sawmill_ir::text::parse;
use sawmill_ir::ty::{RecordKind, RecordType, Type};
use sawmill_ir::verify::{Rule, verify};
use std::sync::Arc;

#[test]
fn good_modules_pass() {
    for (name, module) in good() {
        if let Err(refused) = verify(module) {
            panic!("{name}: {refused}");
        }
    }
}

/// A bad module says in its first line which rule refuses it and with which words: `; refuse: V5 words`.
#[test]
fn bad_modules_are_refused_by_their_rule() {
    let bad = files("refuse");
    assert!(bad.len() >= 60, "only {} bad modules", bad.len());
    let mut rules = std::collections::BTreeMap::new();
    let mut wrong = Vec::new();
    for (name, text) in &bad {
        let want = text
            .lines()
            .next()
            .and_then(|l| l.strip_prefix("; refuse: "))
            .expect(name);
        let (rule, words) = want.split_once(' ').expect(name);
        assert!(
            name.starts_with(&rule.to_lowercase()),
            "{name} is about {rule}"
        );
        *rules.entry(rule.to_string()).or_insert(0) += 1;
        match parse(text) {
            Err(e) => wrong.push(format!("{name}: {e}")),
            Ok(module) => match verify(module) {
                Ok(_) => wrong.push(format!("{name}: passes")),
                Err(r) if format!("{:?}", r.rule) != rule || !r.message.contains(words) => {
                    wrong.push(format!("{name}: wanted {want}\n    got {r}"));
                }
                Err(_) => {}
            },
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    for rule in ["V1", "V2", "V3", "V4", "V5", "V6", "V7", "V8", "V9"] {
        assert!(
            rules.get(rule).is_some_and(|n| *n >= 5),
            "too few cases of {rule}: {rules:?}"
        );
    }
}

/// A module with one function that gives an int.
fn small() -> Module {
    let text = "sawir 1\nentry fn @0 f(%0: dir{list,stat} \"d\") -> int {\n^0(%0) s0:\n  %1: int = int 1\n  return %1\n}\n";
    parse(text).unwrap()
}

#[track_caller]
fn assert_refused(module: Module, rule: Rule, words: &str) {
    match verify(module) {
        Ok(_) => panic!("passes; {rule:?} {words} was wanted"),
        Err(r) => assert!(
            r.rule == rule && r.message.contains(words),
            "{r}; {rule:?} {words} was wanted"
        ),
    }
}

fn inst(op: Op, args: &[Value], imm: Imm, result: Value) -> Inst {
    Inst {
        op,
        args: args.to_vec(),
        imm,
        result,
        at: Span::default(),
    }
}

/// What the text form cannot say.
#[test]
fn modules_that_no_text_has_are_refused() {
    assert_refused(Module::default(), Rule::V9, "does not exist");

    let change = |f: fn(&mut Function)| {
        let mut module = small();
        f(&mut module.funcs[FuncId(0)]);
        module
    };
    let twice = change(|f| {
        let copy = f.blocks[BlockId(0)].insts[0].clone();
        f.blocks[BlockId(0)].insts.push(copy);
    });
    assert_refused(twice, Rule::V2, "%1 is defined a second time");
    let parameter = change(|f| f.blocks[BlockId(0)].insts[0].result = Value(0));
    assert_refused(parameter, Rule::V2, "%0 is defined a second time");
    let immediate = change(|f| f.blocks[BlockId(0)].insts[0].imm = Imm::Rights(Rights::STAT));
    assert_refused(immediate, Rule::V3, "the row wants Int");
    let none = change(|f| f.blocks[BlockId(0)].insts[0].imm = Imm::None);
    assert_refused(none, Rule::V3, "the row wants Int");
    let no_result = change(|f| f.blocks[BlockId(0)].insts[0].result = Value(u32::MAX));
    assert_refused(no_result, Rule::V1, "there is no value");
    let no_scopes = change(|f| f.scopes = Default::default());
    assert_refused(no_scopes, Rule::V1, "no scope s0");
    let more_params = change(|f| f.params.push(f.params[0].clone()));
    assert_refused(more_params, Rule::V1, "parameters of ^0");
    // Whatever the operands and the result are said to be: of these no instruction is one.
    for sys in Sys::ALL.iter().filter(|sys| !sys.is_callable()) {
        for result in [Type::Unit, Type::Int, Type::File(Rights::ALL)] {
            let mut module = small();
            let f = &mut module.funcs[FuncId(0)];
            f.powers = Powers::ALL;
            let result = f.values.push(result);
            let flags = sys.row().args.iter().filter_map(|a| a.flags());
            let flags = flags.map(|set| Flags { set, bits: 0 }).collect();
            let call = inst(Op::Sys, &[], Imm::Sys(*sys, flags), result);
            f.blocks[BlockId(0)].insts.push(call);
            let why = format!("{} is not a program's to call", sys.row().name);
            assert_refused(module, Rule::V3, &why);
        }
    }
    let undeclared = change(|f| {
        let name = "Loose".to_string();
        let fields = vec![("a".to_string(), Type::Int)];
        f.values
            .push(Type::Record(Arc::new(RecordType::named(name, fields))));
    });
    assert_refused(undeclared, Rule::V3, "Loose is not declared");
}

/// Types as no parser lets them in: deep, or small with a huge meaning.
#[test]
fn monstrous_types_are_refused_quickly() {
    let with = |ty: Type| {
        let mut module = small();
        module.funcs[FuncId(0)].values.push(ty);
        module
    };
    let mut deep = Type::Int;
    for _ in 0..2000 {
        deep = Type::list(deep);
    }
    assert_refused(with(deep), Rule::V1, "too deep");

    let mut doubled = Arc::new(RecordType {
        kind: RecordKind::Named,
        name: "R0".into(),
        fields: Vec::new(),
    });
    let mut module = small();
    for i in 1..60 {
        module.records.push(doubled.clone());
        let half = || Type::Record(doubled.clone());
        let fields = vec![("a".into(), half()), ("b".into(), half())];
        doubled = Arc::new(RecordType {
            kind: RecordKind::Named,
            name: format!("R{i}"),
            fields,
        });
    }
    assert_refused(
        with(Type::Record(doubled.clone())),
        Rule::V3,
        "R59 is not declared",
    );
    module.records.push(doubled);
    assert_refused(module, Rule::V1, "too large");

    let mut forward = small();
    let a = Arc::new(RecordType {
        kind: RecordKind::Named,
        name: "A".into(),
        fields: Vec::new(),
    });
    let fields = vec![("a".to_string(), Type::Record(a.clone()))];
    let name = "B".to_string();
    forward.records = vec![Arc::new(RecordType::named(name, fields)), a];
    assert_refused(forward, Rule::V3, "A is not declared (before)");
}

/// Long functions neither overflow the stack nor take more than linear time.
#[test]
fn long_functions_are_verified() {
    let mut text = String::from("sawir 1\nentry fn @0 f(%0: bool \"b\") -> bool {\n");
    let blocks = 60_000;
    for b in 0..blocks {
        let head = if b == 0 { "(%0)" } else { "()" };
        text += &format!("^{b}{head} s0:\n  br %0 ^{}() ^{blocks}()\n", b + 1);
    }
    text += &format!("^{blocks}() s0:\n  return %0\n}}\n");
    let module = parse(&text).unwrap();
    let start = std::time::Instant::now();
    verify(module).unwrap();
    assert!(start.elapsed().as_secs() < 20, "{:?}", start.elapsed());
}

/// The limits are tested before anything is made of their size.
#[test]
fn more_than_the_limits_is_refused() {
    let mut module = small();
    let func = &mut module.funcs[FuncId(0)];
    let block = func.blocks[BlockId(0)].clone();
    for _ in 0..1 << 16 {
        func.blocks.push(block.clone());
    }
    assert_refused(module, Rule::V1, "65537 blocks");
    let mut module = small();
    for _ in 0..1 << 20 {
        module.funcs[FuncId(0)].values.push(Type::Int);
    }
    assert_refused(module, Rule::V1, "values, at most");
    let mut module = small();
    for _ in 0..=1 << 16 {
        module.data.push(Vec::new());
    }
    assert_refused(module, Rule::V1, "rows of data");
    let mut module = small();
    let scopes = &mut module.funcs[FuncId(0)].scopes;
    for s in 0..300 {
        scopes.push(Scope {
            parent: Some(ScopeId(s)),
            handler: None,
        });
    }
    assert_refused(module, Rule::V8, "too deep");
}

/// Changes one thing of a module to something arbitrary.
fn damage(module: &mut Module, dice: &mut Dice) {
    let wild = [0, 1, 2, 3, 5, 8, 13, 21, 34, u32::MAX][dice.below(10)];
    let funcs: Vec<FuncId> = module.funcs.keys().collect();
    let func = &mut module.funcs[*dice.pick(&funcs)];
    let blocks: Vec<BlockId> = func.blocks.keys().collect();
    let (values, scopes) = (func.values.len(), func.scopes.len());
    let block = &mut func.blocks[*dice.pick(&blocks)];
    let n = dice.below(block.insts.len());
    match (dice.below(14), block.insts.get_mut(n)) {
        (0, Some(i)) => i.op = *dice.pick(Op::ALL),
        (1, Some(i)) => i.args.push(Value(wild)),
        (2, Some(i)) => i.args.truncate(dice.below(i.args.len() + 1)),
        (3, Some(i)) => i.result = Value(wild),
        (4, Some(i)) => i.imm = Imm::Field(wild),
        (5, Some(i)) => i.imm = Imm::Func(FuncId(wild)),
        (
            6,
            Some(Inst {
                imm: Imm::Sys(sys, flags),
                ..
            }),
        ) => {
            *sys = *dice.pick(Sys::ALL);
            flags.extend(flags.first().map(|f| Flags { bits: wild, ..*f }));
        }
        (7, _) => block.params.push(Value(wild)),
        (8, _) => block.scope = ScopeId(wild),
        (9, _) => block
            .end
            .targets_mut()
            .for_each(|t| t.block = BlockId(wild)),
        (10, _) => block.end.each_use_mut(|v| *v = Value(wild)),
        (11, _) => block.end = End::Leave(ScopeId(wild), Keep::All, Target::to(BlockId(wild))),
        (12, _) => {
            let types: Vec<Type> = func.values.values().cloned().collect();
            func.values[Value(dice.below(values) as u32)] = dice.pick(&types).clone();
        }
        _ => {
            let scope = &mut func.scopes[ScopeId(dice.below(scopes) as u32)];
            scope.parent = Some(ScopeId(wild));
            scope.handler = [None, Some(BlockId(wild))][dice.below(2)];
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn no_module_makes_it_panic(choices in proptest::collection::vec(any::<u32>(), 0..300)) {
        let _ = verify(Dice::new(choices).module());
    }

    #[test]
    fn no_damaged_module_makes_it_panic(choices in proptest::collection::vec(any::<u32>(), 8..60)) {
        let good = good();
        let mut dice = Dice::new(choices);
        let mut module = dice.pick(&good).1.clone();
        for _ in 0..=dice.below(6) {
            damage(&mut module, &mut dice);
        }
        let _ = module.to_string();
        let _ = verify(module);
    }
}

/// A module may be large, and what is tested of it must not grow with the square of that.
#[test]
fn many_uses_of_a_view_are_tested_or_refused_soon() {
    let uses = 100_000;
    let mut text = String::from(
        "sawir 1\nentry fn @0 main(%0: int \"a\") -> unit {\n^0(%0) s0:\n  %1: buf<64> = scratch\n  %2: name = name.view %1 %0 %0\n",
    );
    for n in 0..uses {
        text += &format!("  %{}: bool = bytes.eq %2 %2\n", 3 + n);
    }
    text += &format!("  %{0}: unit = unit\n  return %{0}\n}}\n", 3 + uses);
    let module = sawmill_ir::text::parse(&text).unwrap();
    let start = std::time::Instant::now();
    verify(module).unwrap();
    let took = start.elapsed();
    assert!(took.as_secs() < 20, "{took:?}");
}
