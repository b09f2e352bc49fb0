//! The objects of a virtual controller: what each holds, what may be set of it, and transactions.
//! Source: NTCIP 1201 v02, dbCreateTransaction.

use super::names::{Name, TRANSACTION, VERIFY_ERROR, VERIFY_STATUS};
use crate::snmp::{Binds, Oid, Principal, Refusal, Status, Value};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

/// What may be set of an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Form {
    /// A number from the one to the other.
    Number(i64, i64),
    /// The name of an instance of this object, or of nothing.
    Row(Oid),
}

/// Who changes an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Rule {
    /// The controller alone.
    Shown,
    /// It is part of the configuration, which transactions are for.
    Kept(Form),
    /// An order, which is carried out at once.
    Order(Form),
}

#[derive(Debug)]
struct Object {
    value: Value,
    rule: Rule,
}

/// How far a transaction has come.
#[derive(Debug, Clone, PartialEq, Eq)]
enum State {
    Normal,
    Transaction(Principal),
    /// Verified, and what was found wrong.
    Done(Principal, Option<String>),
}

/// The numbers of the states, which are orders, too.
const NORMAL: i64 = 1;
const BEGIN: i64 = 2;
const VERIFY: i64 = 3;
const DONE: i64 = 6;

/// The objects.
#[derive(Debug)]
pub(super) struct Database {
    objects: BTreeMap<Oid, Object>,
    columns: BTreeSet<Oid>,
    /// What a transaction has set so far; names are those of objects that there are, so it stays as small.
    buffer: BTreeMap<Oid, Value>,
    state: State,
    /// Goes up with each change of the configuration.
    pub(super) generation: u64,
}

/// The configuration, as it is or as a transaction would make it.
#[derive(Debug, Clone, Copy)]
pub(super) struct View<'a> {
    database: &'a Database,
    is_buffered: bool,
}

/// Whether what a transaction would make is fit to run; the text says what is not.
pub(super) type Check<'a> = dyn Fn(View<'_>) -> Result<(), String> + 'a;

impl Database {
    pub(super) fn new() -> Self {
        let (objects, columns, buffer) = (BTreeMap::new(), BTreeSet::new(), BTreeMap::new());
        let mut database = Self { objects, columns, buffer, state: State::Normal, generation: 0 };
        database.put(TRANSACTION, &[0], Value::Integer(NORMAL), Rule::Order(Form::Number(0, i64::from(u32::MAX))));
        database.put(VERIFY_STATUS, &[0], Value::Integer(1), Rule::Shown);
        database.put(VERIFY_ERROR, &[0], Value::Octets(Vec::new()), Rule::Shown);
        database
    }

    /// Adds an object.
    pub(super) fn put(&mut self, name: Name, row: &[u32], value: Value, rule: Rule) {
        self.columns.insert(name.object());
        self.objects.insert(name.at(row), Object { value, rule });
    }

    /// Adds a scalar that is none of NTCIP's.
    pub(super) fn put_text(&mut self, name: &[u32], text: &str) {
        self.columns.insert(Oid(name[..name.len() - 1].to_vec()));
        let value = Value::Octets(text.as_bytes().to_vec());
        self.objects.insert(Oid(name.to_vec()), Object { value, rule: Rule::Shown });
    }

    /// Changes what an object shows.
    pub(super) fn show(&mut self, name: Name, row: &[u32], value: Value) {
        if let Some(object) = self.objects.get_mut(&name.at(row)) {
            object.value = value;
        }
    }

    /// The configuration as it is.
    pub(super) fn view(&self) -> View<'_> {
        View { database: self, is_buffered: false }
    }

    pub(super) fn get(&self, name: &Oid) -> Value {
        if let Some(object) = self.objects.get(name) {
            return object.value.clone();
        }
        let is_column = (1..name.0.len()).any(|end| self.columns.contains(&Oid(name.0[..end].to_vec())));
        if is_column { Value::NoSuchInstance } else { Value::NoSuchObject }
    }

    pub(super) fn next(&self, name: &Oid) -> Option<(&Oid, &Value)> {
        let behind = (Bound::Excluded(name), Bound::Unbounded);
        self.objects.range::<Oid, _>(behind).next().map(|(name, object)| (name, &object.value))
    }

    /// Sets all or nothing; returns the orders that were given.
    pub(super) fn set(&mut self, who: &Principal, binds: &Binds, check: &Check<'_>) -> Result<Binds, Refusal> {
        for (place, (name, value)) in binds.iter().enumerate() {
            self.allowed(name, value).map_err(|status| Refusal { status, index: place + 1 })?;
        }
        let step = TRANSACTION.scalar();
        let steps: Vec<usize> = (0..binds.len()).filter(|i| binds[*i].0 == step).collect();
        let kept: Binds = binds.iter().filter(|b| self.is_kept(&b.0)).cloned().collect();
        let whole = |status| Refusal { status, index: 0 };
        match &self.state {
            State::Transaction(owner) | State::Done(owner, _) if owner != who && !(kept.is_empty() && steps.is_empty()) => {
                return Err(whole(Status::GenErr));
            }
            State::Done(..) if !kept.is_empty() => return Err(whole(Status::GenErr)),
            _ => {}
        }
        if let Some(place) = steps.first() {
            // A step says when what else is set would count; both at once have no order.
            let legal = steps.len() == 1 && kept.is_empty() && self.take_step(who, binds[*place].1.number(), check);
            if !legal {
                return Err(Refusal { status: Status::InconsistentValue, index: place + 1 });
            }
        }
        let is_buffered = matches!(self.state, State::Transaction(_));
        if is_buffered {
            self.buffer.extend(kept);
        } else {
            self.write(kept);
        }
        let orders: Binds = binds.iter().filter(|b| b.0 != step && !self.is_kept(&b.0)).cloned().collect();
        for (name, value) in &orders {
            if let Some(object) = self.objects.get_mut(name) {
                object.value = value.clone();
            }
        }
        Ok(orders)
    }

    fn is_kept(&self, name: &Oid) -> bool {
        self.objects.get(name).is_some_and(|o| matches!(o.rule, Rule::Kept(_)))
    }

    /// Whether a value may be set at all.
    fn allowed(&self, name: &Oid, value: &Value) -> Result<(), Status> {
        let object = self.objects.get(name).ok_or(Status::NoCreation)?;
        let (Rule::Kept(form) | Rule::Order(form)) = &object.rule else { return Err(Status::NotWritable) };
        let is_kind = std::mem::discriminant(&object.value) == std::mem::discriminant(value);
        match (form, value) {
            _ if !is_kind => Err(Status::WrongType),
            (Form::Number(least, most), _) if value.number().is_some_and(|n| (least..=most).contains(&&n)) => Ok(()),
            (Form::Number(..), _) => Err(Status::WrongValue),
            // Source: NTCIP 1201, dayPlanActionNumberOID.
            (Form::Row(table), Value::Name(row)) => {
                let is_row = row.0.starts_with(&table.0) && self.objects.contains_key(row);
                if is_row || row.0 == [0, 0] { Ok(()) } else { Err(Status::GenErr) }
            }
            (Form::Row(_), _) => Err(Status::WrongType),
        }
    }

    /// Goes from state to state; `false` where there is no such way.
    fn take_step(&mut self, who: &Principal, order: Option<i64>, check: &Check<'_>) -> bool {
        let next = match (&self.state, order) {
            (State::Normal, Some(BEGIN)) => {
                self.buffer.clear();
                State::Transaction(who.clone())
            }
            (State::Done(owner, _), Some(BEGIN)) => State::Transaction(owner.clone()),
            (State::Transaction(owner), Some(VERIFY)) => {
                let fault = check(View { database: self, is_buffered: true }).err();
                State::Done(owner.clone(), fault)
            }
            (State::Done(_, None), Some(NORMAL)) => {
                let buffer = std::mem::take(&mut self.buffer);
                self.write(buffer);
                State::Normal
            }
            (State::Done(..) | State::Transaction(_), Some(NORMAL)) => {
                self.buffer.clear();
                State::Normal
            }
            _ => return false,
        };
        let (state, status, error) = match &next {
            State::Normal => (NORMAL, 1, ""),
            State::Transaction(_) => (BEGIN, 1, ""),
            State::Done(_, None) => (DONE, 3, ""),
            State::Done(_, Some(fault)) => (DONE, 2, fault.as_str()),
        };
        let error = error.bytes().take(255).collect();
        self.state = next;
        self.show(TRANSACTION, &[0], Value::Integer(state));
        self.show(VERIFY_STATUS, &[0], Value::Integer(status));
        self.show(VERIFY_ERROR, &[0], Value::Octets(error));
        true
    }

    fn write(&mut self, values: impl IntoIterator<Item = (Oid, Value)>) {
        for (name, value) in values {
            if let Some(object) = self.objects.get_mut(&name) {
                object.value = value;
                self.generation += 1;
            }
        }
    }
}

impl<'a> View<'a> {
    fn value(self, name: &Oid) -> Option<&'a Value> {
        let buffered = self.database.buffer.get(name).filter(|_| self.is_buffered);
        buffered.or_else(|| self.database.objects.get(name).map(|o| &o.value))
    }

    /// A number; 0 where there is none.
    pub(super) fn number(self, name: Name, row: &[u32]) -> i64 {
        self.value(&name.at(row)).and_then(Value::number).unwrap_or(0)
    }

    /// The last number of the name that an object holds: the row of a table, 0 for none.
    pub(super) fn row(self, name: Name, row: &[u32]) -> u32 {
        match self.value(&name.at(row)) {
            Some(Value::Name(oid)) => oid.0.last().copied().unwrap_or(0),
            _ => 0,
        }
    }
}
