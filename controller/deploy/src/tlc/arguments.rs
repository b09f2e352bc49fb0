//! Commands and their arguments. Source of codes and forms: TLC 1.2.1 and 1.3.0.

use crate::rsmp::TlcList;
use crate::rsmp::message::Argument;
use serde_json::Value;
use std::collections::BTreeMap;

/// A command of the list.
struct Command {
    code: &'static str,
    operation: &'static str,
    /// Level of the security code that it asks for; 0 is none.
    level: usize,
    /// Arguments that have to be there, beside the security code.
    needed: &'static [&'static str],
    /// Arguments that may be there.
    optional: &'static [&'static str],
}

const fn command(
    code: &'static str,
    operation: &'static str,
    level: usize,
    needed: &'static [&'static str],
    optional: &'static [&'static str],
) -> Command {
    Command { code, operation, level, needed, optional }
}

const PRIORITY: &[&str] = &[
    "signalGroupId",
    "inputId",
    "connectionId",
    "approachId",
    "laneInId",
    "laneOutId",
    "priorityId",
    "level",
    "eta",
    "vehicleType",
];

/// All commands of TLC 1.2.1.
const COMMANDS: [Command; 24] = [
    command("M0001", "setValue", 2, &["status", "timeout", "intersection"], &[]),
    command("M0002", "setPlan", 2, &["status", "timeplan"], &[]),
    command("M0003", "setTrafficSituation", 2, &["status", "traficsituation"], &[]),
    command("M0004", "setRestart", 2, &["status"], &[]),
    command("M0005", "setEmergency", 2, &["status", "emergencyroute"], &[]),
    command("M0006", "setInput", 2, &["status", "input"], &[]),
    command("M0007", "setFixedTime", 2, &["status"], &[]),
    command("M0008", "setForceDetectorLogic", 2, &["status", "mode"], &[]),
    command("M0010", "setStart", 2, &["status"], &[]),
    command("M0011", "setStop", 2, &["status"], &[]),
    command("M0012", "setStart", 2, &["status"], &[]),
    command("M0013", "setInput", 2, &["status"], &[]),
    command("M0014", "setCommands", 2, &["plan", "status"], &[]),
    command("M0015", "setOffset", 2, &["plan", "status"], &[]),
    command("M0016", "setWeekTable", 2, &["status"], &[]),
    command("M0017", "setTimeTable", 2, &["status"], &[]),
    command("M0018", "setCycleTime", 2, &["plan", "status"], &[]),
    command("M0019", "setInput", 2, &["status", "input", "inputValue"], &[]),
    command("M0020", "setOutput", 2, &["status", "output", "outputValue"], &[]),
    command("M0021", "setLevel", 2, &["status"], &[]),
    command("M0022", "requestPriority", 0, &["requestId", "type"], PRIORITY),
    command("M0023", "setTimeout", 2, &["status"], &[]),
    command("M0103", "setSecurityCode", 0, &["status", "oldSecurityCode", "newSecurityCode"], &[]),
    command("M0104", "setDate", 1, &["year", "month", "day", "hour", "minute", "second"], &[]),
];

/// What TLC 1.3.0 has beside that, or otherwise.
const COMMANDS_1_3: [Command; 3] = [
    command("M0001", "setValue", 2, &["status"], &["timeout", "intersection"]),
    command("M0008", "setForceDetectorLogic", 2, &["status", "mode"], &["duration"]),
    command("M0024", "clearAlarms", 0, &["status"], &[]),
];

/// The arguments of one command.
pub(super) struct Arguments<'a> {
    code: &'static str,
    level: usize,
    values: BTreeMap<&'a str, &'a Value>,
}

impl<'a> Arguments<'a> {
    /// The arguments of a command of a list, each of them known and none missing; the error is why it is refused.
    pub(super) fn read(list: TlcList, arguments: &'a [Argument]) -> Result<Self, String> {
        let code = arguments.first().map(|a| a.code.as_str()).ok_or("no argument")?;
        let newer: &[Command] = if list >= TlcList::V1_3_0 { &COMMANDS_1_3 } else { &[] };
        let known = newer.iter().chain(&COMMANDS).find(|c| c.code == code);
        let known = known.ok_or_else(|| format!("command {code} is not known here"))?;
        let mut values = BTreeMap::new();
        for argument in arguments {
            let name = argument.name.as_str();
            if argument.code != code || argument.operation != known.operation {
                return Err(format!("{} {} beside {code} {}", argument.code, argument.operation, known.operation));
            }
            let is_code = known.level > 0 && name == "securityCode";
            if !is_code && !known.needed.contains(&name) && !known.optional.contains(&name) {
                return Err(format!("{code} has no argument {name}"));
            }
            if values.insert(name, &argument.value).is_some() {
                return Err(format!("argument {name} comes twice"));
            }
        }
        let arguments = Self { code: known.code, level: known.level, values };
        known.needed.iter().try_for_each(|name| arguments.value(name).map(drop))?;
        Ok(arguments)
    }

    /// The command.
    pub(super) fn code(&self) -> &'static str {
        self.code
    }

    /// Level of the security code that it asks for, and the code that came with it.
    pub(super) fn security(&self) -> Result<Option<(usize, &'a str)>, String> {
        if self.level == 0 { Ok(None) } else { Ok(Some((self.level, self.text("securityCode")?))) }
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.values.contains_key(name)
    }

    fn value(&self, name: &str) -> Result<&'a Value, String> {
        self.values.get(name).copied().ok_or_else(|| format!("argument {name} is missing"))
    }

    pub(super) fn text(&self, name: &str) -> Result<&'a str, String> {
        self.value(name)?.as_str().ok_or_else(|| format!("argument {name} is no text"))
    }

    pub(super) fn number<T: TryFrom<u64>>(&self, name: &str, least: u64, most: u64) -> Result<T, String> {
        let text = self.text(name)?;
        let digits = !text.is_empty() && text.len() <= 10 && text.bytes().all(|b| b.is_ascii_digit());
        let number = if digits { text.parse::<u64>().ok() } else { None };
        let number = number.filter(|n| (least..=most).contains(n)).and_then(|n| T::try_from(n).ok());
        number.ok_or_else(|| format!("argument {name} is \"{}\", allowed are {least} to {most}", short(text)))
    }

    /// A number that may be missing.
    pub(super) fn optional<T: TryFrom<u64>>(&self, name: &str, least: u64, most: u64) -> Result<Option<T>, String> {
        if self.has(name) { self.number(name, least, most).map(Some) } else { Ok(None) }
    }

    /// True or False, as text, or as JSON has it where the list does.
    pub(super) fn flag(&self, name: &str) -> Result<bool, String> {
        match self.value(name)? {
            Value::Bool(is) if self.code == "M0024" => Ok(*is),
            Value::String(text) if text == "True" || text == "true" => Ok(true),
            Value::String(text) if text == "False" || text == "false" => Ok(false),
            _ => Err(format!("argument {name} is neither True nor False")),
        }
    }
}

/// The beginning of a text, for messages.
pub(super) fn short(text: &str) -> String {
    text.chars().take(40).collect()
}
