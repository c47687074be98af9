//! Sequences: what is a stage of a pipeline, or can be gone over.

use super::Generator;
use super::types::T;

impl Generator<'_> {
    /// A sequence of that type: it runs where it is consumed.
    pub(super) fn sequence(&mut self, of: &T, room: usize) -> String {
        let list = T::List(Box::new(of.clone()));
        if room == 0 || self.loops > 2 || !self.more() {
            return match (self.name(&list), of) {
                (Some(name), _) => name,
                (None, T::Int) => format!("(range {})", self.pick(4)),
                (None, _) => format!("[{}]", self.leaf(of)),
            };
        }
        let room = room - 1;
        let this = |g: &mut Self| g.sequence(of, room);
        match self.pick(20) {
            0 if *of == T::Int => match self.pick(4) {
                0 => format!("(range {})", self.pick(6)),
                1 => format!("(range -{} {})", self.pick(3), self.pick(4)),
                2 => format!(
                    "(range {} {} {})",
                    self.pick(9),
                    self.pick(9),
                    1 + self.pick(3)
                ),
                _ => format!(
                    "(->> (range 1000000000000) (map inc) (take {}))",
                    self.pick(5)
                ),
            },
            0..=2 => {
                let from = self.ty(1);
                let s = self.sequence(&from, room);
                let f = self.lambda(&from, of, room);
                match self.pick(4) {
                    1 => format!("(->> {s} (map {f}))"),
                    2 => {
                        let g = self.lambda_of_two(&T::Int, &from, of, room);
                        format!("(map-indexed {g} {s})")
                    }
                    _ => format!("(map {f} {s})"),
                }
            }
            3 => {
                let (a, b) = (self.ty(1), self.ty(1));
                let (s, other) = (
                    self.sequence(&a, room),
                    self.expression(&T::List(Box::new(b.clone())), room),
                );
                let f = self.lambda_of_two(&a, &b, of, room);
                format!("(map {f} {s} {other})")
            }
            4 | 5 => {
                let s = this(self);
                let f = self.lambda(of, &T::Bool, room);
                let stage = self.one_of(&["filter", "remove", "take-while", "drop-while"]);
                format!("({stage} {f} {s})")
            }
            6 | 7 => {
                let s = this(self);
                let stage = self.one_of(&["take", "drop"]);
                format!("({stage} {} {s})", self.expression(&T::Int, room.min(2)))
            }
            8 => {
                let from = self.ty(1);
                let s = self.sequence(&from, room);
                let f = self.lambda(&from, &T::Opt(Box::new(of.clone())), room);
                format!("(keep {f} {s})")
            }
            9 => {
                let from = self.ty(1);
                let s = self.sequence(&from, room.min(2));
                let f = self.with(&from, |g, x| {
                    let inner = g.looped(|g| g.sequence(of, room.min(2)));
                    format!("(fn [{x}] {inner})")
                });
                format!("(mapcat {f} {s})")
            }
            10 => format!("(concat {} {})", this(self), this(self)),
            11 => format!("(cons {} {})", self.expression(of, room), this(self)),
            12 => match self.pick(4) {
                0 => format!("(take-nth {} {})", 1 + self.pick(3), this(self)),
                1 => format!("(rest {})", this(self)),
                2 => format!("(interpose {} {})", self.expression(of, room), this(self)),
                _ => format!(
                    "(interleave {} {})",
                    this(self),
                    self.expression(&list, room)
                ),
            },
            13 if self.eq(of) => {
                format!("({} {})", self.one_of(&["distinct", "dedupe"]), this(self))
            }
            14 => {
                let from = self.ty(1);
                let (start, s) = (self.expression(of, room), self.sequence(&from, room));
                let f = self.lambda_of_two(of, &from, of, room);
                format!("(reductions {f} {start} {s})")
            }
            15 => format!("(repeat {} {})", self.pick(4), self.expression(of, room)),
            16 => self.comprehension(of, room),
            17 => match of {
                T::Tuple(parts) if parts.len() == 2 => {
                    let other = self.expression(&T::List(Box::new(parts[1].clone())), room);
                    format!("(zip {} {other})", self.sequence(&parts[0], room))
                }
                T::List(t) => {
                    let (n, s) = (1 + self.pick(3), self.sequence(t, room));
                    match self.pick(3) {
                        0 => format!("(partition {n} {s})"),
                        1 if self.eq(t) => format!("(partition-by identity {s})"),
                        _ => format!("(partition-all {n} {s})"),
                    }
                }
                _ => {
                    self.generic("evens");
                    format!("(evens {})", this(self))
                }
            },
            18 if self.name(&T::Dir).is_some() => {
                let entries = self.entries(room);
                let f = self.lambda(&T::Entry, of, room);
                format!("(map {f} {entries})")
            }
            _ => match (self.pick(3), of) {
                (1, _) if self.eq(of) => self.expression(&T::Set(Box::new(of.clone())), room),
                (2, T::Tuple(parts)) if parts.len() == 2 && self.eq(&parts[0]) => {
                    let map = T::Map(Box::new(parts[0].clone()), Box::new(parts[1].clone()));
                    self.expression(&map, room)
                }
                _ => self.expression(&list, room),
            },
        }
    }

    /// `for` with what may stand in its brackets.
    fn comprehension(&mut self, of: &T, room: usize) -> String {
        let from = self.ty(1);
        let s = self.sequence(&from, room);
        self.with(&from, |g, x| {
            let mut clauses = format!("{x} {s}");
            let mut names = 0;
            for _ in 0..g.pick(3) {
                match g.pick(4) {
                    0 => {
                        clauses += &format!(
                            " :when {}",
                            g.looped(|g| g.expression(&T::Bool, room.min(2)))
                        )
                    }
                    1 => {
                        clauses += &format!(
                            " :while {}",
                            g.looped(|g| g.expression(&T::Bool, room.min(2)))
                        )
                    }
                    n => {
                        let ty = g.ty(1);
                        let name = g.fresh();
                        clauses += &match n {
                            2 => format!(
                                " :let [{name} {}]",
                                g.looped(|g| g.expression(&ty, room.min(2)))
                            ),
                            _ => format!(" {name} {}", g.looped(|g| g.sequence(&ty, room.min(2)))),
                        };
                        g.names.push((name, ty));
                        names += 1;
                    }
                }
            }
            let body = g.looped(|g| g.expression(of, room));
            g.names.truncate(g.names.len() - names);
            format!("(for [{clauses}] {body})")
        })
    }

    /// A sequence of entries; there is a Dir in scope.
    pub(super) fn entries(&mut self, room: usize) -> String {
        if room == 0 || self.loops > 1 {
            return "(list d)".into();
        }
        let room = room - 1;
        match self.pick(4) {
            0 => "(list d)".into(),
            1 => format!("(list {})", self.expression(&T::Dir, 1)),
            2 => {
                let entries = self.entries(room);
                format!("(take {} {entries})", self.expression(&T::Int, room.min(2)))
            }
            _ => {
                let entries = self.entries(room);
                let f = self.lambda(&T::Entry, &T::Bool, room);
                format!("(filter {f} {entries})")
            }
        }
    }
}
