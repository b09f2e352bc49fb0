//! The virtual controller asked by another maker's programs: `snmpget`, `snmpset` and `snmpwalk` of Net-SNMP, over UDP.

#![expect(clippy::print_stdout, reason = "what is skipped is said")]
#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use deploy::Secret;
use deploy::net::{WallClock, seed};
use deploy::ntcip::Asc;
use deploy::safety::Held;
use deploy::snmp::{Access, Auth, Community, User};
use deploy::tlc::TlcSetup;
use deploy::udp::{Listener, run_controllers};
use model::toy::Grid;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

const ASC: &str = "1.3.6.1.4.1.1206.4.2.1";
const GLOBAL: &str = "1.3.6.1.4.1.1206.4.2.6";

/// How much faster than the wall the controller lives.
const SPEED: u32 = 30;

/// A controller that answers at loopback until the end of the test.
struct Street {
    address: String,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Drop for Street {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            thread.join().unwrap();
        }
    }
}

fn setup() -> TlcSetup {
    let scenario = Grid::default().scenario();
    let plan = scenario.plan(None).unwrap().plans.iter().next().unwrap().clone();
    let codes = ["1111", "2222"].map(Secret::new);
    TlcSetup::of_signal(scenario.signals.iter().next().unwrap(), Held::from([(1, plan.clone()), (2, plan)]), codes)
}

/// `None`, and loudly, where Net-SNMP is not installed.
fn street(access: Access) -> Option<Street> {
    if Command::new("snmpget").arg("-V").output().is_err() {
        println!("SKIPPED: there is no snmpget here; apt-get install snmp");
        return None;
    }
    let clock = WallClock::new(SPEED);
    let asc = Asc::new(&setup(), access, seed(), clock.now()).unwrap();
    let listener = Listener::bind(asc, "127.0.0.1:0".parse().unwrap()).unwrap();
    let (address, stop) = (listener.address().unwrap().to_string(), Arc::new(AtomicBool::new(false)));
    let shared = Arc::clone(&stop);
    let thread = Some(std::thread::spawn(move || run_controllers(vec![listener], clock, &shared)));
    Some(Street { address, stop, thread })
}

fn community(name: &str, may_write: bool) -> Community {
    Community { name: Secret::new(name), may_write }
}

impl Street {
    /// What a program says, both ways, and whether it was content.
    fn run(&self, program: &str, options: &str, arguments: &[&str]) -> (bool, String) {
        let mut command = Command::new(program);
        command.args(options.split_whitespace()).args(["-On", "-Oe", "-t", "2", "-r", "1", &self.address]).args(arguments);
        // Nothing of the machine's own configuration.
        let output = command.env("SNMPCONFPATH", "/nonexistent").env("MIBS", "").output().unwrap();
        let text = [output.stdout, output.stderr].map(|b| String::from_utf8_lossy(&b).into_owned()).concat();
        (output.status.success(), text)
    }

    fn get(&self, options: &str, name: &str) -> String {
        let (done, text) = self.run("snmpget", &format!("{options} -Oqv"), &[name]);
        assert!(done, "{name}: {text}");
        text.trim().to_owned()
    }

    fn set(&self, options: &str, values: &[&str]) -> Result<(), String> {
        let (done, text) = self.run("snmpset", options, values);
        if done { Ok(()) } else { Err(text) }
    }

    /// Waits until an object has a value.
    fn wait(&self, options: &str, name: &str, value: &str) {
        for _ in 0..4000 {
            if self.get(options, name) == value {
                return;
            }
        }
        panic!("{name} is {} and never {value}", self.get(options, name));
    }
}

fn asc(rest: &str) -> String {
    format!("{ASC}.{rest}")
}

fn global(rest: &str) -> String {
    format!("{GLOBAL}.{rest}")
}

/// An order for `snmpset`: name, kind, value.
fn order(values: &[(String, i64)]) -> Vec<String> {
    values.iter().flat_map(|(name, value)| [name.clone(), "i".into(), value.to_string()]).collect()
}

#[test]
fn a_pattern_is_set_in_a_transaction_verified_committed_and_run() {
    let Some(street) = street(Access { communities: vec![community("public", true)], users: Vec::new() }) else { return };
    for options in ["-v1 -c public", "-v2c -c public"] {
        let set = |values: &[(String, i64)]| {
            let order = order(values);
            street.set(options, &order.iter().map(String::as_str).collect::<Vec<_>>())
        };
        let step = |number: i64| set(&[(global("2.1.0"), number)]);
        street.wait(options, &asc("4.10.0"), "1");
        assert_eq!(street.get(options, &asc("4.11.0")), "2");
        let splits = [1, 2].map(|stage| street.get(options, &asc(&format!("4.9.1.3.2.{stage}"))).parse::<i64>().unwrap());
        let cycle: i64 = street.get(options, &asc("4.7.1.2.2")).parse().unwrap();
        assert_eq!(splits.iter().sum::<i64>(), cycle);
        // Nothing but a beginning, then nothing but a verification or an end.
        assert!(step(3).unwrap_err().contains(if options.contains("v1") { "badValue" } else { "inconsistentValue" }));
        step(2).unwrap();
        set(&[(asc("4.9.1.3.2.1"), splits[0] + 7), (asc("4.7.1.2.2"), cycle + 7), (asc("4.7.1.3.2"), 13)]).unwrap();
        assert_eq!(street.get(options, &asc("4.7.1.3.2")), "0", "what is not committed is not seen");
        step(3).unwrap();
        assert_eq!((street.get(options, &global("2.1.0")), street.get(options, &global("2.6.0"))), ("6".into(), "3".into()));
        assert!(set(&[(asc("4.7.1.3.2"), 14)]).unwrap_err().contains("genError"));
        step(1).unwrap();
        assert_eq!(street.get(options, &asc("4.7.1.3.2")), "13");
        // Run it: the status says so, and phases turn green.
        set(&[(asc("4.14.0"), 2)]).unwrap();
        street.wait(options, &asc("4.10.0"), "2");
        street.wait(options, &asc("1.4.1.4.1"), "1");
        street.wait(options, &asc("1.4.1.4.1"), "2");
        // And back, so that the next version finds what this one found.
        set(&[(asc("4.14.0"), 0)]).unwrap();
        street.wait(options, &asc("4.10.0"), "1");
        step(2).unwrap();
        set(&[(asc("4.9.1.3.2.1"), splits[0]), (asc("4.7.1.2.2"), cycle), (asc("4.7.1.3.2"), 0)]).unwrap();
        step(3).unwrap();
        step(1).unwrap();
    }
}

#[test]
fn what_cannot_be_run_is_found_wrong_and_thrown_away() {
    let Some(street) =
        street(Access { communities: vec![community("public", true), community("other", true)], users: Vec::new() })
    else {
        return;
    };
    let options = "-v2c -c public";
    let set = |values: &[(String, i64)]| {
        let order = order(values);
        street.set(options, &order.iter().map(String::as_str).collect::<Vec<_>>())
    };
    let cycle: i64 = street.get(options, &asc("4.7.1.2.2")).parse().unwrap();
    let wrong = [
        (vec![(asc("4.7.1.2.2"), cycle + 1)], "do not fill the cycle"),
        (vec![(asc("4.7.1.2.2"), cycle - 1)], "but the cycle is"),
        (vec![(asc("4.7.1.3.2"), cycle)], "offset"),
        (vec![(asc("4.9.1.3.2.1"), 1)], "minimum green, yellow and red clearance"),
        (vec![(asc("4.7.1.2.2"), 10)], "its phases need"),
        (vec![(asc("4.9.1.4.2.1"), 7)], "splitMode"),
        (vec![(asc("4.9.1.5.2.2"), 1)], "phase 1 is the coordinated one"),
        (vec![(asc("5.3.1.2.3"), 99)], "action 3"),
        (vec![(asc("4.1.0"), 99)], "coordOperationalMode"),
    ];
    for (values, what) in wrong {
        set(&[(global("2.1.0"), 2)]).unwrap();
        set(&values).unwrap();
        set(&[(global("2.1.0"), 3)]).unwrap();
        assert_eq!(street.get(options, &global("2.6.0")), "2");
        let error = street.get(&format!("{options} -Oa"), &global("2.7.0"));
        assert!(error.contains(what), "{error} does not say {what}");
        set(&[(global("2.1.0"), 1)]).unwrap();
        assert_eq!(street.get(options, &asc("4.7.1.2.2")), cycle.to_string());
    }
    // What can never be had is refused where it is set, and nothing of the message is.
    let refused = |values: &[(String, i64)]| set(values).unwrap_err();
    assert!(refused(&[(asc("4.7.1.3.2"), 3), (asc("4.7.1.2.2"), 256)]).contains("wrongValue"));
    assert!(refused(&[(asc("4.7.1.3.2"), 3), (asc("1.2.1.4.1"), 1)]).contains("notWritable"), "a minimum green is safety data");
    assert!(refused(&[(asc("4.7.1.3.2"), 3), (asc("4.7.1.2.99"), 1)]).contains("noCreation"));
    assert!(street.set(options, &[&asc("4.7.1.3.2"), "s", "3"]).unwrap_err().contains("wrongType"));
    assert_eq!(street.get(options, &asc("4.7.1.3.2")), "0");
    // A transaction is its owner's; orders are anybody's.
    set(&[(global("2.1.0"), 2)]).unwrap();
    let other = "-v2c -c other";
    assert!(street.set(other, &[&asc("4.7.1.3.2"), "i", "3"]).unwrap_err().contains("genError"));
    assert!(street.set(other, &[&global("2.1.0"), "i", "1"]).unwrap_err().contains("genError"));
    street.set(other, &[&asc("4.14.0"), "i", "254"]).unwrap();
    street.wait(options, &asc("4.10.0"), "254");
    assert_eq!(street.get(options, &asc("4.11.0")), "3");
    set(&[(global("2.1.0"), 1)]).unwrap();
}

#[test]
fn a_walk_goes_through_everything_once_in_order_and_in_every_version() {
    let user = User::new("ampel", Auth::Sha256, &Secret::new("a long password"), Some(&Secret::new("another password"))).unwrap();
    let Some(street) = street(Access { communities: vec![community("public", false)], users: vec![(user, false)] }) else {
        return;
    };
    let v3 = "-v3 -l authPriv -u ampel -a SHA-256 -x AES -A along -X another";
    let v3: Vec<&str> = v3.split_whitespace().collect();
    let walk = |program: &str, options: &[&str]| {
        let mut command = Command::new(program);
        command.args(options).args(["-On", "-t", "2", &street.address, "1.3.6.1.4.1.1206"]);
        let output = command.env("SNMPCONFPATH", "/nonexistent").env("MIBS", "").output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout)
            .unwrap()
            .lines()
            .filter(|l| l.starts_with('.') && !l.contains("No more variables"))
            .map(|l| l.split(' ').next().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    let names = walk("snmpwalk", &["-v1", "-c", "public"]);
    assert!(names.len() > 700, "{}", names.len());
    assert!(walk("snmpwalk", &["-v2c", "-c", "public"]) == names);
    assert!(walk("snmpbulkwalk", &["-v2c", "-c", "public"]) == names);
    let mut options = v3[..v3.len() - 4].to_vec();
    options.extend(["-A", "a long password", "-X", "another password"]);
    assert!(walk("snmpbulkwalk", &options) == names);
}

#[test]
fn who_is_not_to_be_heard_is_not() {
    let user = |name, auth| {
        let secrets = ["a long password", "another password"].map(Secret::new);
        (User::new(name, auth, &secrets[0], Some(&secrets[1])).unwrap(), true)
    };
    let users = vec![user("one", Auth::Sha1), user("two", Auth::Sha256), user("three", Auth::Sha512)];
    let Some(street) = street(Access { communities: Vec::new(), users }) else { return };
    let ask = |options: &[&str], set: bool| {
        let mut command = Command::new(if set { "snmpset" } else { "snmpget" });
        command.args(options).args(["-On", "-t", "1", "-r", "0", &street.address, &asc("4.14.0")]);
        if set {
            command.args(["i", "2"]);
        }
        let output = command.env("SNMPCONFPATH", "/nonexistent").env("MIBS", "").output().unwrap();
        let text = [output.stdout, output.stderr].map(|b| String::from_utf8_lossy(&b).into_owned()).concat();
        if output.status.success() { Ok(text) } else { Err(text) }
    };
    let user = |name, auth, password, privacy| {
        ["-v3", "-l", "authPriv", "-u", name, "-a", auth, "-A", password, "-x", "AES", "-X", privacy]
    };
    for (name, auth) in [("one", "SHA"), ("two", "SHA-256"), ("three", "SHA-512")] {
        let own = user(name, auth, "a long password", "another password");
        ask(&own, false).unwrap();
        ask(&own, true).unwrap();
        let wrong = ask(&user(name, auth, "another password", "another password"), true).unwrap_err();
        assert!(wrong.contains("Authentication failure"), "{wrong}");
        let wrong = ask(&user(name, auth, "a long password", "a long password"), true).unwrap_err();
        assert!(wrong.contains("Decryption error"), "{wrong}");
        let open = ["-v3", "-l", "authNoPriv", "-u", name, "-a", auth, "-A", "a long password"];
        assert!(ask(&open, true).unwrap_err().contains("authorizationError"));
        assert!(ask(&["-v3", "-l", "noAuthNoPriv", "-u", name], false).unwrap_err().contains("authorizationError"));
    }
    assert!(ask(&user("four", "SHA", "a long password", "another password"), false).unwrap_err().contains("Unknown user name"));
    for version in ["-v1", "-v2c"] {
        assert!(ask(&[version, "-c", "public"], false).unwrap_err().contains("Timeout"));
    }
}
