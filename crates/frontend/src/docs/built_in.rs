//! The documentation of what is built in: special forms, and functions whose types no declaration can say.

use super::Row;

const FORMS: &str = "Forms";
const MAKERS: &str = "Functions of functions";
const OPTIONS: &str = "Options and results";
const NUMBERS: &str = "Numbers";
const TEXT: &str = "Text and bytes";
const LISTS: &str = "Lists, maps, sets";
const OUTPUT: &str = "Output";

/// All of it; the format of the documentation is the prelude's.
pub const BUILT_IN: &[Row] = &[
    (
        "def",
        FORMS,
        &[
            "(def name value)",
            "(def name :- type value)",
            "(def name \"doc\" value)",
        ],
        r#"Names a value, for what follows; at the REPL for the session.
        (def n 3) (+ n 1) => 4
        (def none-yet :- (List Int) []) (conj none-yet 1) => [1]"#,
    ),
    (
        "defn",
        FORMS,
        &[
            "(defn name [a b] body ...)",
            "(defn name \"doc\" :- type [a :- type & more] body ...)",
            "(defn name ([a] ...) ([a b] ...))",
        ],
        r#"Defines a function. With types for all parameters it is compiled once and may call itself; without, it is checked anew at each call. A capital letter is a type variable, `{:where [(Ord T)]}` before the body says what is needed of it.
        (defn twice [x] (* 2 x)) (twice 1.5) => 3.0
        (defn fact :- Int [n :- Int] (if (< n 2) 1 (* n (fact (dec n))))) (fact 5) => 120
        (defn f ([a] a) ([a b] (+ a b))) [(f 1) (f 1 2)] => [1 3]
        (defn larger :- T [a :- T b :- T] {:where [(Ord T)]} (if (< (compare a b) 0) b a)) (larger "a" "b") => "b""#,
    ),
    (
        "defn-",
        FORMS,
        &["(defn- name [a b] body ...)"],
        r#"As `defn`.
        (defn- half [x] (quot x 2)) (half 9) => 4"#,
    ),
    (
        "defrecord",
        FORMS,
        &["(defrecord Name [field :- type ...])"],
        r#"Declares a type of records. `->Name` makes one of its fields in order, `map->Name` of a record, and `{...}` is one where one is wanted.
        (defrecord Point [x :- Int y :- Int]) (:y (->Point 1 2)) => 2
        (defrecord Point [x :- Int y :- Int]) (assoc (->Point 1 2) :x 5) => {:x 5, :y 2}"#,
    ),
    (
        "defenum",
        FORMS,
        &["(defenum Name case (case [field :- type ...]) ...)"],
        r#"Declares a type of values that are one of several cases, each with its own fields. `match` tells them apart; a case without fields is a keyword where one is wanted.
        (defenum Shape (circle [r :- Float]) empty) (match (circle 2.0) (circle r) (* r r) :empty 0.0) => 4.0
        (defenum Color red green) (= (Color/red) :green) => false"#,
    ),
    (
        "fn",
        FORMS,
        &[
            "(fn [a b] body ...)",
            "(fn :- type [a :- type] body ...)",
            "#(... % ...)",
        ],
        r#"A function, to be passed down or called, or the program itself where it stands last. In `#(...)` the parameters are `%` or `%1 %2`.
        (map (fn [x] (* x x)) [1 2 3]) => [1 4 9]
        (map #(+ %1 (* 10 %2)) [1 2] [3 4]) => [31 42]"#,
    ),
    (
        "let",
        FORMS,
        &["(let [name value ...] body ...)"],
        r#"Names values, one after another, for its body. What stands for a name may be `[a b & more]` or `{:keys [a b]}`, which takes the value apart.
        (let [a 1 b (+ a 1)] (* a b)) => 2
        (let [[a b] [1 "x"]] (str b a)) => "x1"
        (let [{:keys [x y]} {:x 1 :y 2}] (+ x y)) => 3"#,
    ),
    (
        "if",
        FORMS,
        &["(if condition then)", "(if condition then else)"],
        r#"One of two expressions. The condition is a Bool and nothing else. Without an else it gives nothing.
        (if (< 1 2) "less" "more") => "less""#,
    ),
    (
        "do",
        FORMS,
        &["(do expression ...)"],
        r#"Evaluates one expression after another and gives the last; `(do)` is nothing.
        (do (print "a") (+ 1 2)) => 3
        (do) => ()"#,
    ),
    (
        "->",
        FORMS,
        &["(-> x (f a) g ...)"],
        r#"Threads a value through calls as their first argument.
        (-> 5 (- 3) inc) => 3
        (-> {:a {:b 1}} :a :b) => 1"#,
    ),
    (
        "->>",
        FORMS,
        &["(->> x (f a) g ...)"],
        r#"Threads a value through calls as their last argument.
        (->> (range 10) (filter odd?) (map inc) (take 2)) => [2 4]"#,
    ),
    (
        "and",
        FORMS,
        &["(and condition ...)"],
        r#"Whether all are true; those after the first that is not are not evaluated.
        (and (< 1 2) (= 1 2)) => false
        (and) => true"#,
    ),
    (
        "or",
        FORMS,
        &["(or condition ...)"],
        r#"Whether one is true; those after the first that is are not evaluated.
        (or (= 1 2) (< 1 2) (= 1 (quot 1 0))) => true
        (or) => false"#,
    ),
    (
        "loop",
        FORMS,
        &["(loop [name value ...] body ...)"],
        r#"Names values for its body; `recur` starts the body again with others.
        (loop [n 5 product 1] (if (< n 2) product (recur (dec n) (* n product)))) => 120"#,
    ),
    (
        "recur",
        FORMS,
        &["(recur value ...)"],
        r#"Starts the `loop` that it is in again, or the function, as the last thing that is done there.
        (loop [n 10] (if (< 3 n) (recur (quot n 2)) n)) => 2
        (defn gcd :- Int [a :- Int b :- Int] (if (= b 0) a (recur b (rem a b)))) (gcd 12 18) => 6"#,
    ),
    (
        "try",
        FORMS,
        &["(try expression ...)"],
        r#"The value or the error of an expression as a Result. What the policy denies, and what stops a program, is not caught.
        (try (+ 1 2)) => (ok 3)
        (err? (try (nth [1] 5))) => true
        (map #(or-else (try (quot 6 %)) 0) [3 0 2]) => [2 0 3]"#,
    ),
    (
        "comment",
        FORMS,
        &["(comment form ...)"],
        r#"Nothing: the forms are read, and that is all.
        (comment (this is not checked)) => ()"#,
    ),
    (
        "match",
        FORMS,
        &[
            "(match x pattern result ...)",
            "(match x pattern :when condition result ...)",
        ],
        r#"The result after the first pattern that takes the value; every value has to have one. Patterns: `_`, a name, a literal, `(just p)` and `none`, `(ok p)` and `(err p)`, a case of an enum, `[p q & more]`, `{:field p}`, `(or p q)`.
        (match (first [7]) (just x) (inc x) none 0) => 8
        (match [1 2 3] [] "none" [x] "one" [x & more] (str "one and " (count more))) => "one and 2"
        (match 5 n :when (< n 3) "small" _ "large") => "large""#,
    ),
    (
        "case",
        FORMS,
        &["(case x constant result ... otherwise)"],
        r#"The result after the constant that the value is equal to; a list in parentheses holds several; one expression at the end is what is else.
        (case 3 1 "one" (2 3) "a few" "many") => "a few"
        (map (fn [e] (case (:type e) :dir "d" :file "-" "?")) (list (dir "src"))) => ["-" "-"]"#,
    ),
    (
        "comp",
        MAKERS,
        &["(comp f g ...)"],
        r#"A function that applies the last of these, then the one before to what that gives, and so on.
        (map (comp inc count) ["a" "bb"]) => [2 3]"#,
    ),
    (
        "partial",
        MAKERS,
        &["(partial f a ...)"],
        r#"A function that applies f to these arguments and those it gets.
        (map (partial + 10) [1 2]) => [11 12]"#,
    ),
    (
        "complement",
        MAKERS,
        &["(complement p)"],
        r#"A function that is true where p is false.
        (filter (complement even?) [1 2 3]) => [1 3]"#,
    ),
    (
        "juxt",
        MAKERS,
        &["(juxt f g ...)"],
        r#"A function that gives a tuple of what each of these gives.
        (map (juxt identity count) ["a" "bb"]) => [["a" 1] ["bb" 2]]"#,
    ),
    (
        "constantly",
        MAKERS,
        &["(constantly x)"],
        r#"A function of any arguments that gives x.
        (map (constantly 0) ["a" "b"]) => [0 0]"#,
    ),
    (
        "fnil",
        MAKERS,
        &["(fnil f default)"],
        r#"A function that takes an Option first and applies f to what it has, or else to the default; further arguments are those of f.
        (update {"a" 1} "b" (fnil inc 0)) => {"a" 1, "b" 1}
        (update {"a" [1]} "b" (fnil conj []) 2) => {"a" [1], "b" [2]}"#,
    ),
    (
        "+",
        NUMBERS,
        &["(+ a ...)"],
        r#"The sum, of Ints, Floats, Sizes or Durations; of a Time and a Duration a Time. A result that does not fit in 64 bits is an error.
        (+ 1 2 3) => 6
        (+ 0.5 1) => 1.5
        (+ 1KiB 512B) => 1536B
        (+ 9223372036854775807 1) => error overflow"#,
    ),
    (
        "-",
        NUMBERS,
        &["(- a b ...)", "(- a)"],
        r#"The difference; of one number the same with the other sign. Of two Times it is a Duration.
        (- 10 3 2) => 5
        (- 2.5) => -2.5
        (- 1h 15min) => 45min"#,
    ),
    (
        "*",
        NUMBERS,
        &["(* a ...)"],
        r#"The product, of Ints or Floats; of a Size or Duration and an Int.
        (* 2 3 4) => 24
        (* 3 10KiB) => 30KiB
        (* 9223372036854775807 2) => error overflow"#,
    ),
    (
        "/",
        NUMBERS,
        &["(/ a b ...)", "(/ a)"],
        r#"The quotient of Floats; of one, that of 1 and it. Ints have `quot`, `rem` and `mod`.
        (/ 1.0 4) => 0.25
        (/ 4.0) => 0.25
        (/ 1.0 0) => inf"#,
    ),
    (
        "quot",
        NUMBERS,
        &["(quot a b)"],
        r#"The quotient of Ints, rounded towards zero; of a Size or Duration and an Int, or of two of them.
        (quot 7 2) => 3
        (quot -7 2) => -3
        (quot 1MiB 1KiB) => 1024
        (quot 1 0) => error divide-by-zero"#,
    ),
    (
        "rem",
        NUMBERS,
        &["(rem a b)"],
        r#"What is left by `quot`, with the sign of the first.
        (rem -7 2) => -1
        (rem 5.5 2) => 1.5
        (rem 1 0) => error divide-by-zero"#,
    ),
    (
        "mod",
        NUMBERS,
        &["(mod a b)"],
        r#"What is left of the quotient rounded down, with the sign of the second.
        (mod -7 2) => 1
        (mod 7 -2) => -1"#,
    ),
    (
        "max",
        NUMBERS,
        &["(max a ...)"],
        r#"The largest of several numbers or times; of a sequence it is `max-of`.
        (max 3 9 2) => 9
        (max 1.5 2) => 2.0"#,
    ),
    (
        "min",
        NUMBERS,
        &["(min a ...)"],
        r#"The smallest of several numbers or times; of a sequence it is `min-of`.
        (min 3 9 2) => 2
        (min 1KiB 100B) => 100B"#,
    ),
    (
        "=",
        NUMBERS,
        &["(= a b ...)"],
        r#"Whether values of one type are equal, whatever they are made of. Maps and sets are equal in any order; NaN is not equal to itself.
        (= [1 2] [1 2]) => true
        (= {"a" 1, "b" 2} {"b" 2, "a" 1}) => true
        (= 1 1 2) => false"#,
    ),
    (
        "not=",
        NUMBERS,
        &["(not= a b ...)"],
        r#"Whether values are not all equal.
        (not= "a" "b") => true
        (not= 1 1 1) => false"#,
    ),
    (
        "<",
        NUMBERS,
        &["(< a b ...)"],
        r#"Whether each number or time is less than the next. `compare` orders everything else.
        (< 1 2 3) => true
        (< 1 1) => false"#,
    ),
    (
        "<=",
        NUMBERS,
        &["(<= a b ...)"],
        r#"Whether each number or time is less than the next, or equal.
        (<= 1 1 2) => true"#,
    ),
    (
        ">",
        NUMBERS,
        &["(> a b ...)"],
        r#"Whether each number or time is greater than the next.
        (> 10MiB 1GiB) => false"#,
    ),
    (
        ">=",
        NUMBERS,
        &["(>= a b ...)"],
        r#"Whether each number or time is greater than the next, or equal.
        (>= 2 2 1) => true"#,
    ),
    (
        "not",
        NUMBERS,
        &["(not condition)"],
        r#"The other truth value.
        (not (= 1 2)) => true"#,
    ),
    (
        "none",
        OPTIONS,
        &["none"],
        r#"The Option that has nothing.
        (= (first (range 0)) none) => true
        (or-else none 5) => 5"#,
    ),
    (
        "just",
        OPTIONS,
        &["(just x)"],
        r#"An Option that has x.
        (just 1) => (just 1)
        (= (first [1]) (just 1)) => true"#,
    ),
    (
        "ok?",
        OPTIONS,
        &["(ok? result)"],
        r#"Whether a Result is a value.
        (ok? (try (quot 6 2))) => true
        (ok? (try (quot 6 0))) => false"#,
    ),
    (
        "or-else",
        OPTIONS,
        &["(or-else option default)", "(or-else result default)"],
        r#"What an Option has, or the value of a Result; else the default, which is evaluated only then.
        (or-else (first [1]) 0) => 1
        (or-else (parse-int "x") 0) => 0
        (or-else (try (quot 6 0)) -1) => -1"#,
    ),
    (
        "unwrap",
        OPTIONS,
        &["(unwrap option)", "(unwrap result)"],
        r#"What an Option has, or the value of a Result; where there is none, an error, of a Result its own.
        (unwrap (first [1])) => 1
        (unwrap (parse-int "x")) => error absent
        (unwrap (try (quot 6 0))) => error divide-by-zero"#,
    ),
    (
        "throw",
        OPTIONS,
        &["(throw message)", "(throw error)"],
        r#"Fails, with a message or with an error that was caught.
        (throw "no such user") => error user
        (some-> (err (try (throw "no such user"))) :message) => (just "no such user")"#,
    ),
    (
        "tuple",
        LISTS,
        &["(tuple a ...)"],
        r#"A tuple, also of values of one type, where `[a b]` is a List.
        (tuple 1 "a") => [1 "a"]
        (first (tuple 1 2)) => 1"#,
    ),
    (
        "vector",
        LISTS,
        &["(vector a ...)"],
        r#"As `[a ...]`: a List, or a tuple if the types differ.
        (vector 1 2) => [1 2]
        (map vector [1 2] ["a" "b"]) => [[1 "a"] [2 "b"]]"#,
    ),
    (
        "desc",
        LISTS,
        &["(desc key)", "(desc f)"],
        r#"A key that orders the other way round; of a function, one that gives such keys.
        (sort-by (desc count) ["a" "ccc" "bb"]) => ["ccc" "bb" "a"]
        (sort-by (fn [x] [(desc (count x)) x]) ["b" "cc" "a"]) => ["cc" "a" "b"]"#,
    ),
    (
        "str",
        TEXT,
        &["(str x ...)"],
        r#"The texts of values, one after another. A Path or Bytes that is not UTF-8 has none: that is an error, and `lossy` is not.
        (str "a" 1 true) => "a1true"
        (str [1 "b"]) => "[1 \"b\"]"
        (str) => """#,
    ),
    (
        "pr-str",
        TEXT,
        &["(pr-str x ...)"],
        r#"Values as a program would write them, with a space between each two.
        (pr-str "a" 1) => "\"a\" 1""#,
    ),
    (
        "format",
        TEXT,
        &["(format text x ...)"],
        r#"A text with values in it, as `printf` writes them: %d %x %X %o %b of whole numbers, %f %e %g of Floats, %s of anything, %q as `pr-str` shows it, %% itself. Between them may stand flags, a width, and after a point a precision.
        (format "%5d|%-5s|%05.1f" 42 "ab" 3.14159) => "   42|ab   |003.1"
        (format "%x %q %d%%" 255 "a" 50) => "ff \"a\" 50%""#,
    ),
    (
        "print",
        OUTPUT,
        &["(print x ...)"],
        r#"Puts out the texts of values with a space between each two, after the rows before.
        (print "a" 1) => prints "a 1""#,
    ),
    (
        "println",
        OUTPUT,
        &["(println x ...)"],
        r#"As `print`, with a line's end.
        (println "a" 1) => prints "a 1\n"
        (println) => prints "\n""#,
    ),
    (
        "prn",
        OUTPUT,
        &["(prn x ...)"],
        r#"Puts out what `pr-str` gives, and a line's end.
        (prn "a" 1) => prints "\"a\" 1\n""#,
    ),
];
