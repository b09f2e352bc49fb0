//! TLS on loopback: who shows a certificate of the authority is heard, and nobody else. The certificates and keys of `tests/tls` were made
//! for this test, and are good for nothing else.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use deploy::net::{Supervisor, Switchboard, WallClock, run_sites, seed};
use deploy::rsmp::{RsmpPort, Wire};
use deploy::safety::Held;
use deploy::tlc::{LinkTimes, Tlc, TlcSetup};
use deploy::tls::{TlsFile, TlsSite};
use deploy::{Port, Secret};
use model::toy::Grid;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use tempfile::TempDir;

/// A folder with the certificates, whose keys nobody else can read, and a file for each end.
fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for name in ["ca.pem", "desk.pem", "desk.key", "site.pem", "site.key", "other.pem", "other.key"] {
        let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/tls").join(name);
        let to = folder.path().join(name);
        std::fs::copy(from, &to).unwrap();
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            std::fs::set_permissions(&to, std::fs::Permissions::from_mode(0o600)).unwrap();
        }
    }
    for name in ["desk", "site", "other"] {
        let text = format!("ca = \"ca.pem\"\ncertificate = \"{name}.pem\"\nkey = \"{name}.key\"\nsupervisor = \"desk.test\"\n");
        std::fs::write(folder.path().join(format!("{name}.toml")), text).unwrap();
    }
    folder
}

/// Whether a supervisor with certificates hears a site that dials in that way, and what it reads of it.
fn read(dialling: impl FnOnce(&TempDir) -> Option<TlsSite>) -> Option<u8> {
    let folder = folder();
    let scenario = Grid::default().scenario();
    let signal = scenario.signals.iter().next().unwrap();
    let held = Held::from([(1, scenario.plan(None).unwrap().plans.iter().next().unwrap().clone())]);
    let codes = ["1111", "2222"].map(Secret::new);
    let clock = WallClock::new(10);
    let desk = TlsFile::read(&folder.path().join("desk.toml")).unwrap().desk().unwrap();
    let sites = [signal.name.clone()].into();
    let board = Switchboard::listen_with("127.0.0.1:0".parse().unwrap(), sites, Some(desk)).unwrap();
    let mut setup = TlcSetup::of_signal(signal, held.clone(), codes.clone());
    setup.times = LinkTimes { redial_ms: 100, ..setup.times };
    let tlc = Tlc::new(setup, seed(), clock.now()).unwrap();
    let supervisor = Supervisor { address: board.address(), tls: dialling(&folder) };
    let mut port =
        RsmpPort::new(board.wire(&signal.name, clock), &signal.name, "TC", codes[1].clone(), signal.clone(), held, seed());
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| run_sites(vec![tlc], supervisor, clock, &stop));
        let is_heard = board.wire(&signal.name, clock).open(3000).is_ok();
        let read = if is_heard { port.read().ok() } else { None };
        stop.store(true, Ordering::Relaxed);
        read.map(|device| device.plan)
    })
}

fn of(name: &str) -> impl Fn(&TempDir) -> Option<TlsSite> {
    let file = format!("{name}.toml");
    move |folder| Some(TlsFile::read(&folder.path().join(&file)).unwrap().site().unwrap())
}

#[test]
fn a_site_with_a_certificate_of_the_authority_is_heard() {
    assert_eq!(read(of("site")), Some(1));
}

#[test]
fn a_stranger_is_not_heard() {
    assert_eq!(read(of("other")), None);
}

#[test]
fn a_site_in_the_clear_is_not_heard() {
    assert_eq!(read(|_| None), None);
}

#[test]
fn what_is_wrong_with_the_files_is_said() {
    let folder = folder();
    let write = |text: &str| std::fs::write(folder.path().join("bad.toml"), text).unwrap();
    let read = || TlsFile::read(&folder.path().join("bad.toml")).and_then(|f| f.site().map(drop));
    write("ca = \"ca.pem\"\ncertificate = \"site.pem\"\nkey = \"site.key\"\n");
    assert!(read().unwrap_err().contains("mend: supervisor"));
    write("ca = \"ca.pem\"\ncertificate = \"site.pem\"\nkey = \"desk.key\"\nsupervisor = \"desk.test\"\n");
    assert!(read().unwrap_err().contains("site.pem"));
    write("ca = \"site.key\"\ncertificate = \"site.pem\"\nkey = \"site.key\"\nsupervisor = \"desk.test\"\n");
    assert!(read().unwrap_err().contains("certificate as PEM"));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        std::fs::set_permissions(folder.path().join("site.key"), std::fs::Permissions::from_mode(0o644)).unwrap();
        write("ca = \"ca.pem\"\ncertificate = \"site.pem\"\nkey = \"site.key\"\nsupervisor = \"desk.test\"\n");
        assert!(read().unwrap_err().contains("chmod 600"));
    }
}
