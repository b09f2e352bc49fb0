//! Messages to vehicles, as files and as datagrams: of a plan, and of controllers that report.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod process;

use deploy::its::{AdviceKind, Mapem, Shown, Spatem, status};
use process::Process;
use std::fs;
use std::net::{TcpListener, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::{Duration, SystemTime};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn ampel() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ampel"));
    command.current_dir(root()).env("AMPEL_RSMP_CODE", "2222").arg("-q");
    command
}

fn run(arguments: &[&str]) -> Output {
    ampel().args(arguments).output().unwrap()
}

#[test]
fn the_maps_of_a_scenario_are_a_file_each_and_a_line_each() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("maps");
    let wall = "scenarios/dortmund-wall";
    let output = run(&["export", "mapem", wall, "--all", "--region", "5913", "-o", out.to_str().unwrap()]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let files: Vec<PathBuf> = fs::read_dir(&out).unwrap().map(|e| e.unwrap().path()).collect();
    let maps: Vec<&PathBuf> = files.iter().filter(|f| f.extension().is_some_and(|x| x == "mapem")).collect();
    assert_eq!((maps.len(), files.len()), (19, 20));
    for file in maps {
        let map = Mapem::read(&fs::read(file).unwrap()).unwrap();
        assert_eq!(map.intersections.unwrap()[0].id.region, Some(5913));
    }
    let line = String::from_utf8(run(&["export", "mapem", wall, "W09", "--region", "5913"]).stdout).unwrap();
    let byte = |pair: &[u8]| u8::from_str_radix(str::from_utf8(pair).unwrap(), 16).unwrap();
    let bytes: Vec<u8> = line.trim().as_bytes().chunks(2).map(byte).collect();
    assert_eq!(fs::read(out.join("W09.mapem")).unwrap(), bytes);
}

#[test]
fn the_states_of_a_plan_are_a_message_a_second_with_a_green_wave_on_corridors() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("states");
    let arguments =
        ["export", "spatem", "scenarios/dortmund-wall", "--all", "--plan", "importer", "--at", "2026-11-27T07:59:58.000Z"];
    let output = ampel().args(arguments).args(["--for", "4", "-o"]).arg(&out).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let mut waves = 0;
    for second in 1_795_766_398_u64..1_795_766_402 {
        let message = Spatem::read(&fs::read(out.join(format!("W09-{second}.spatem"))).unwrap()).unwrap();
        let state = &message.intersections[0];
        assert_eq!((state.status, state.ms), (status::FIXED_TIME, Some((second % 60 * 1000) as u16)));
    }
    for file in fs::read_dir(&out).unwrap().map(|e| e.unwrap().path()).filter(|f| f.extension().is_some_and(|x| x == "spatem")) {
        let message = Spatem::read(&fs::read(file).unwrap()).unwrap();
        let events = message.intersections[0].groups.iter().flat_map(|g| &g.events);
        for advice in events.flat_map(|e| e.speeds.iter().flatten()).filter(|s| s.kind == AdviceKind::GreenWave) {
            // Between 85 and 100 % of 50 km/h.
            assert!((117..=139).contains(&advice.speed.unwrap()), "{advice:?}");
            waves += 1;
        }
    }
    assert!(waves > 19, "{waves}");
}

#[test]
fn what_cannot_be_had_is_said_with_its_mend() {
    for (arguments, expected) in [
        (&["export", "mapem", "scenarios/dortmund-wall", "W99"][..], "has no signal W99\n  mend: name one of W"),
        (&["export", "spatem", "scenarios/dortmund-wall", "W09", "--at", "tomorrow"], "give seconds since 1970"),
        (&["export", "mapem", "scenarios/dortmund-wall"], "INTERSECTION"),
        (&["deploy", "spat", "scenarios/dortmund-wall"], "--to"),
    ] {
        let output = run(arguments);
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(said.contains(expected), "{said}");
    }
}

/// Datagrams until one is as it has to be.
fn wait(socket: &UdpSocket, mut is_it: impl FnMut(&Spatem) -> bool) -> Spatem {
    socket.set_read_timeout(Some(Duration::from_secs(1))).unwrap();
    let (begin, mut buffer) = (SystemTime::now(), vec![0; 65_536]);
    while begin.elapsed().unwrap() < Duration::from_mins(2) {
        let Ok((length, _)) = socket.recv_from(&mut buffer) else { continue };
        let message = Spatem::read(&buffer[..length]).unwrap();
        if is_it(&message) {
            return message;
        }
    }
    panic!("no such datagram within two minutes")
}

#[test]
fn a_plan_is_sent_as_often_as_is_asked_for() {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let to = socket.local_addr().unwrap().to_string();
    let arguments =
        ["deploy", "spat", "scenarios/dortmund-wall", "--intersection", "W09", "--per-second", "10", "--for", "2", "--to", &to];
    let output = run(&arguments);
    assert_eq!(String::from_utf8(output.stdout).unwrap().trim(), format!("20 datagrams to {to}"));
    let mut moments = Vec::new();
    for _ in 0..20 {
        moments.push(wait(&socket, |_| true).intersections[0].ms);
    }
    moments.dedup();
    assert_eq!(moments.len(), 20);
}

#[test]
fn what_controllers_report_is_sent_and_a_silent_one_is_unknown() {
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    let mut tlc = ampel();
    tlc.args(["tlc", "scenarios/dortmund-wall", "W09", "--plan", "importer", "--plan", "importer"]);
    tlc.args(["--speed", "30", "--for", "600", "--connect", &address]);
    let _tlc = Process::spawn(&mut tlc);
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let mut spat = ampel();
    spat.args(["deploy", "spat", "--targets", "controller/deploy/samples/wall.toml", "--listen", &address]);
    spat.args(["--intersection", "W09", "--intersection", "W10", "--to", &socket.local_addr().unwrap().to_string()]);
    spat.args(["--per-second", "10", "--for", "300"]);
    let _spat = Process::spawn(&mut spat);
    let name = |m: &Spatem| m.intersections[0].name.clone().unwrap_or_default();
    let silent = wait(&socket, |m| name(m) == "W10");
    assert_eq!(silent.intersections[0].status, status::NO_SPAT);
    assert!(silent.intersections[0].groups.iter().all(|g| g.events[0].shown == Shown::Unavailable));
    // In the startup sequence it is not sure of anything; later every group says when it changes.
    let told = wait(&socket, |m| name(m) == "W09" && m.intersections[0].groups.iter().all(|g| g.events[0].timing.is_some()));
    let groups = &told.intersections[0].groups;
    assert!(groups.iter().any(|g| g.events[0].shown == Shown::StopAndRemain && g.events.len() >= 3), "{groups:?}");
    assert_eq!(groups.iter().filter_map(|g| g.events[0].timing?.confidence).max(), Some(15));
}
