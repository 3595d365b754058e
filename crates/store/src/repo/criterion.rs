//! What fits a criterion, as a condition whose values are bound.

use landfall_accounts::{Case, Comparison, Criterion, Direction, Wanted};
use sea_orm::{
    DbBackend,
    sea_query::{Expr, ExprTrait, Func, Order},
};

use crate::convert::millis;

/// What is asked of one value.
#[derive(Clone, Copy)]
pub(super) enum Test<'a> {
    Present,
    Compare(Comparison, &'a Wanted),
}

/// The condition of a criterion; `leaf` says it of one field.
pub(super) fn condition<F>(of: &Criterion<F>, leaf: &impl Fn(&F, Test<'_>) -> Expr) -> Expr {
    match of {
        Criterion::All(all) => {
            all.iter().map(|one| condition(one, leaf)).reduce(ExprTrait::and).unwrap_or_else(always)
        }
        Criterion::Any(any) => {
            any.iter().map(|one| condition(one, leaf)).reduce(ExprTrait::or).unwrap_or_else(never)
        }
        Criterion::Not(inner) => condition(inner, leaf).not(),
        Criterion::Present(field) => leaf(field, Test::Present),
        Criterion::Compare { field, how, with } => leaf(field, Test::Compare(*how, with)),
    }
}

/// Where a value lies, and how it is compared.
pub(super) struct Value {
    expr: Expr,
    kind: Kind,
}

enum Kind {
    Text(Case),
    /// A text that is kept in lower case beside it.
    Folded(Expr),
    Moment,
    Flag,
    Id,
}

impl Value {
    pub(super) fn text(expr: Expr, case: Case) -> Self {
        Self { expr, kind: Kind::Text(case) }
    }

    pub(super) fn kept_folded(expr: Expr, folded: Expr) -> Self {
        Self { expr, kind: Kind::Folded(folded) }
    }

    pub(super) fn moment(expr: Expr) -> Self {
        Self { expr, kind: Kind::Moment }
    }

    pub(super) fn flag(expr: Expr) -> Self {
        Self { expr, kind: Kind::Flag }
    }

    pub(super) fn id(expr: Expr) -> Self {
        Self { expr, kind: Kind::Id }
    }

    /// What must hold of it; true or false, and never unknown, so that it can be negated.
    pub(super) fn test(self, test: Test<'_>) -> Expr {
        let (how, with) = match (test, &self.kind) {
            (Test::Present, Kind::Flag) => return always(),
            (Test::Present, _) => return self.expr.is_not_null(),
            (Test::Compare(how, with), _) => (how, with),
        };
        match (self.kind, with) {
            (Kind::Text(Case::Exact), Wanted::Text(text)) => {
                compared(self.expr, how, Expr::value(text.as_str()), text)
            }
            (Kind::Text(Case::Folded), Wanted::Text(text)) => {
                let lower = |expr: Expr| Expr::from(Func::lower(expr));
                compared(lower(self.expr), how, lower(Expr::value(text.as_str())), text)
            }
            (Kind::Folded(folded), Wanted::Text(text)) => {
                compared(folded, how, Expr::value(text.to_lowercase()), text)
            }
            (Kind::Moment, Wanted::Moment(at)) => compared(self.expr, how, Expr::value(millis(*at)), ""),
            (Kind::Id, Wanted::Id(id)) => compared(self.expr, how, Expr::value(*id), ""),
            (Kind::Flag, Wanted::Flag(wanted)) => match how {
                Comparison::Equal if *wanted => self.expr,
                Comparison::NotEqual if !*wanted => self.expr,
                Comparison::Equal | Comparison::NotEqual => self.expr.not(),
                _ => never(),
            },
            _ => never(),
        }
    }

    /// By what to sort: those without a value come last.
    pub(super) fn sorted(self, direction: Direction) -> [(Expr, Order); 2] {
        let direction = match direction {
            Direction::Ascending => Order::Asc,
            Direction::Descending => Order::Desc,
        };
        let missing = self.expr.clone().is_null();
        let by = match self.kind {
            Kind::Text(Case::Folded) => Func::lower(self.expr).into(),
            Kind::Folded(folded) => folded,
            _ => self.expr,
        };
        [(missing, Order::Asc), (by, direction)]
    }
}

fn compared(value: Expr, how: Comparison, wanted: Expr, text: &str) -> Expr {
    let length = |of: Expr| Expr::from(Func::cust("length").arg(of));
    let there = value.clone().is_not_null();
    let holds = match how {
        Comparison::NotEqual => return value.clone().is_null().or(value.ne(wanted)),
        Comparison::Contains | Comparison::StartsWith | Comparison::EndsWith if text.is_empty() => {
            return there;
        }
        Comparison::Equal => value.eq(wanted),
        Comparison::Greater => value.gt(wanted),
        Comparison::GreaterOrEqual => value.gte(wanted),
        Comparison::Less => value.lt(wanted),
        Comparison::LessOrEqual => value.lte(wanted),
        // Not LIKE: it has signs of its own in the text, and what it makes of case is each database's.
        Comparison::Contains => {
            let without = Func::cust("replace").args([value.clone(), wanted, Expr::value("")]);
            length(without.into()).lt(length(value))
        }
        Comparison::StartsWith => {
            let start = Func::cust("substr").args([value, Expr::value(1), length(wanted.clone())]);
            Expr::from(start).eq(wanted)
        }
        Comparison::EndsWith => {
            let at = length(value.clone()).sub(length(wanted.clone())).add(1);
            let end = Func::cust("substr").args([value.clone(), at]);
            length(value).gte(length(wanted.clone())).and(Expr::from(end).eq(wanted))
        }
    };
    there.and(holds)
}

/// The text at a place in JSON text; nothing where the text is empty, or something else lies there.
pub(super) fn inside_json(json: Expr, path: &[String], backend: DbBackend) -> Expr {
    let json = Expr::from(Func::cust("nullif").args([json, Expr::value("")]));
    if backend == DbBackend::Postgres {
        let names = path.iter().map(|name| Expr::value(name.as_str()));
        let arguments = std::iter::once(json.cast_as("jsonb")).chain(names);
        return Func::cust("jsonb_extract_path_text").args(arguments).into();
    }
    let path: String = path.iter().map(|name| format!(".\"{name}\"")).collect();
    Func::cust("json_extract").args([json, Expr::value(format!("${path}"))]).into()
}

fn always() -> Expr {
    Expr::cust("1 = 1")
}

pub(super) fn never() -> Expr {
    Expr::cust("1 = 0")
}
