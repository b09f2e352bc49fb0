//! Rollouts over wires without a network: what goes well, and every way in which it does not.

use crate::common::{Fate, Street, Toy, Way, clock, demands, signal_and_plans, station};
use deploy::clock::Now;
use deploy::rollout::{Demands, Ended, Journal, Outcome, Rolling, Station, compare};
use deploy::rsmp::{RsmpPort, Wire};
use deploy::{Port, Secret};
use std::io;
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;
use tempfile::TempDir;

/// Two controllers and a journal.
struct Corridor {
    stations: Vec<Toy>,
    streets: Vec<Arc<Mutex<Street>>>,
    folder: TempDir,
}

impl Corridor {
    fn new() -> Self {
        let (stations, streets) = [("K1", 13), ("K2", 55)].map(|(name, offset)| station(name, offset)).into_iter().unzip();
        Self { stations, streets, folder: tempfile::tempdir().unwrap() }
    }

    fn journal(&self) -> Journal {
        Journal::open(&self.folder.path().join("journal"), "test").unwrap()
    }

    fn push(&mut self) -> Outcome {
        let mut journal = self.journal();
        Rolling::new(&mut self.stations, &mut journal, demands(), &clock).push("new").unwrap()
    }

    fn plans(&self) -> Vec<u8> {
        self.streets.iter().map(|s| s.lock().unwrap().tlc.plan()).collect()
    }

    /// Whether every controller has what it had before anything began.
    fn is_untouched(&mut self) -> bool {
        self.stations.iter_mut().all(|s| {
            let device = s.port.read().unwrap();
            device.plan == 1 && device.settings[&1].is_same(&device.settings[&2])
        })
    }
}

#[test]
fn a_plan_reaches_all_controllers_and_they_run_the_wave() {
    let mut corridor = Corridor::new();
    let mut journal = corridor.journal();
    let demands = Demands { cycles: 3, ..demands() };
    let outcome = Rolling::new(&mut corridor.stations, &mut journal, demands, &clock).push("new").unwrap();
    drop(journal);
    let Outcome::Confirmed { worst_s, greens } = outcome else { panic!("{outcome:?}") };
    assert!(worst_s <= 1 && greens >= 8, "{worst_s} {greens}");
    assert_eq!(corridor.plans(), [2, 2]);
    assert_eq!(corridor.journal().rollouts()[0].ended, Some(Ended::Confirmed));
}

#[test]
fn a_second_plan_goes_on_the_number_that_does_not_run_and_the_way_back_leads_to_the_first() {
    let mut corridor = Corridor::new();
    assert!(matches!(corridor.push(), Outcome::Confirmed { .. }));
    assert!(matches!(corridor.push(), Outcome::Confirmed { .. }));
    assert_eq!(corridor.plans(), [1, 1]);
    let mut journal = corridor.journal();
    let before = journal.rollouts()[1].before.clone();
    let outcome = Rolling::new(&mut corridor.stations, &mut journal, demands(), &clock).back(&before, "ordered").unwrap();
    assert_eq!(outcome, Outcome::Back("ordered".into()));
    assert_eq!(corridor.plans(), [2, 2]);
}

impl Corridor {
    /// Gives every controller a time table for this weekday, and the choice of the plan to the calendar.
    fn follow(&mut self, times: &str) {
        for station in &mut self.stations {
            station.port.set_calendar(&"4-1".parse().unwrap(), &times.parse().unwrap()).unwrap();
        }
    }

    /// Which plan runs at each controller, and who chose it.
    fn choices(&mut self) -> Vec<(u8, String)> {
        let read = |s: &mut Toy| s.port.read().map(|device| (device.plan, device.source)).unwrap();
        self.stations.iter_mut().map(read).collect()
    }

    /// Brings back what the last push found.
    fn back(&mut self) -> Outcome {
        let mut journal = self.journal();
        let before = journal.rollouts().pop().unwrap().before;
        Rolling::new(&mut self.stations, &mut journal, demands(), &clock).back(&before, "ordered").unwrap()
    }
}

/// It is about five past nine: these call for plan 1 and for plan 2.
const CALENDARS: [&str; 2] = ["1-1-8-0,1-2-22-0", "1-2-8-0,1-1-22-0"];

#[test]
fn the_way_back_leaves_the_choice_of_the_plan_to_the_calendar_that_had_it() {
    let mut corridor = Corridor::new();
    corridor.follow(CALENDARS[0]);
    corridor.stations[0].port.follow_calendar().unwrap();
    assert!(matches!(corridor.push(), Outcome::Confirmed { .. }));
    assert_eq!(corridor.choices(), vec![(2, "forced".to_owned()); 2]);
    assert_eq!(corridor.back(), Outcome::Back("ordered".into()));
    // One had it from the calendar, the other had come up with it, which nobody had ordered either.
    assert_eq!(corridor.choices(), vec![(1, "calendar_clock".to_owned()); 2]);
    // What is back already is not touched again.
    assert_eq!(corridor.back(), Outcome::Back("ordered".into()));
    assert_eq!(corridor.choices(), vec![(1, "calendar_clock".to_owned()); 2]);
}

#[test]
fn a_plan_that_was_ordered_or_that_the_calendar_does_not_call_for_any_more_stays_ordered_on_the_way_back() {
    let mut corridor = Corridor::new();
    corridor.follow(CALENDARS[0]);
    corridor.stations[0].port.select(1).unwrap();
    assert!(matches!(corridor.push(), Outcome::Confirmed { .. }));
    corridor.stations[1].port.set_calendar(&"4-1".parse().unwrap(), &CALENDARS[1].parse().unwrap()).unwrap();
    assert_eq!(corridor.back(), Outcome::Back("ordered".into()));
    assert_eq!(corridor.choices(), vec![(1, "forced".to_owned()); 2]);
}

#[test]
fn the_way_back_is_refused_where_a_controller_of_the_rollout_is_no_target_any_more() {
    let mut corridor = Corridor::new();
    assert!(matches!(corridor.push(), Outcome::Confirmed { .. }));
    let mut journal = corridor.journal();
    let before = journal.rollouts()[0].before.clone();
    let only = &mut corridor.stations[..1];
    let Outcome::Refused(why) = Rolling::new(only, &mut journal, demands(), &clock).back(&before, "ordered").unwrap() else {
        panic!("not refused")
    };
    assert!(why.len() == 1 && why[0].to_string().contains("is no target now"), "{why:?}");
    assert_eq!((corridor.plans(), journal.rollouts()[0].ended), (vec![2, 2], Some(Ended::Confirmed)), "nothing was sent");
}

#[test]
fn a_controller_with_a_wrong_clock_or_checksum_or_without_a_plan_is_refused_and_nothing_is_sent() {
    let mut corridor = Corridor::new();
    corridor.streets[1].lock().unwrap().tlc.drift(30_000);
    let Outcome::Refused(why) = corridor.push() else { panic!("not refused") };
    assert!(why.len() == 1 && why[0].to_string().contains("clock"), "{why:?}");
    corridor.streets[1].lock().unwrap().tlc.drift(0);
    corridor.stations[0].checksum = "something else".into();
    let Outcome::Refused(why) = corridor.push() else { panic!("not refused") };
    assert!(why.len() == 1 && why[0].to_string().contains("checksum"), "{why:?}");
    assert_eq!(Journal::look(&corridor.folder.path().join("journal")).unwrap(), []);
    assert!(corridor.is_untouched());
}

/// Sites that do not dial, and whoever waits for them: the wait of each ends once all are waited for at the same time.
#[derive(Default)]
struct Silence {
    waiting: Mutex<usize>,
    changed: Condvar,
}

/// The wire to one of them.
struct NobodyDials(Arc<Silence>, usize);

impl Wire for NobodyDials {
    fn open(&mut self, _: u64) -> io::Result<()> {
        let Self(silence, all) = self;
        let mut waiting = silence.waiting.lock().unwrap();
        *waiting += 1;
        silence.changed.notify_all();
        let wait = silence.changed.wait_timeout_while(waiting, Duration::from_mins(1), |w| *w < *all).unwrap();
        let why = if wait.1.timed_out() { "waited for alone" } else { "nobody dials" };
        Err(io::Error::new(io::ErrorKind::TimedOut, why))
    }

    fn send(&mut self, _: &[u8]) -> io::Result<()> {
        Err(io::ErrorKind::NotConnected.into())
    }

    fn receive(&mut self, _: u64) -> io::Result<Vec<u8>> {
        Err(io::ErrorKind::NotConnected.into())
    }

    fn now(&self) -> Now {
        Now::default()
    }
}

#[test]
fn nineteen_controllers_are_read_side_by_side_so_two_silent_ones_take_one_time_out_and_all_are_told_of_in_order() {
    let silence = Arc::new(Silence::default());
    let names: Vec<String> = (1..=19).map(|i| format!("K{i}")).collect();
    let is_silent = |i: usize| i == 4 || i == 11;
    let mut stations: Vec<Station<Box<dyn Port>>> = Vec::new();
    for (i, name) in names.iter().enumerate() {
        let (Station { port, plan, numbers, checksum }, _) = station(name, 13);
        let port: Box<dyn Port> = if is_silent(i) {
            let (signal, held, _) = signal_and_plans(13);
            Box::new(RsmpPort::new(NobodyDials(Arc::clone(&silence), 2), name, "TC", Secret::new("2222"), signal, held, 1))
        } else {
            Box::new(port)
        };
        stations.push(Station { port, plan, numbers, checksum });
    }
    let (differences, refusals) = compare(&mut stations, &demands());
    let answered: Vec<&String> = names.iter().enumerate().filter(|(i, _)| !is_silent(*i)).map(|(_, n)| n).collect();
    assert_eq!(differences.iter().map(|d| &d.site).collect::<Vec<_>>(), answered);
    let refused: Vec<String> = refusals.iter().map(ToString::to_string).collect();
    assert_eq!(refused, ["K5: connection: nobody dials", "K12: connection: nobody dials"]);
}

/// What must hold after a rollout that was disturbed: all or none, or it is said that it is mixed.
fn holds(corridor: &mut Corridor, outcome: &Outcome, what: &str) {
    let ended = corridor.journal().rollouts().pop().and_then(|r| r.ended);
    match outcome {
        Outcome::Confirmed { .. } => {
            assert_eq!((corridor.plans(), ended), (vec![2, 2], Some(Ended::Confirmed)), "{what}");
        }
        Outcome::Back(_) => assert!(corridor.is_untouched() && ended == Some(Ended::Back), "{what}"),
        Outcome::Refused(_) => assert!(corridor.is_untouched() && ended.is_none(), "{what}"),
        Outcome::Mixed(_) => assert_eq!(ended, Some(Ended::Mixed), "{what}"),
    }
}

/// Spoils one frame of one controller's wire, again and again further on.
fn spoil_every_frame(step: usize, fate: impl Fn(&[u8]) -> Fate + Copy + Send + 'static) -> [usize; 3] {
    let mut count = [0; 3];
    let mut at = 0;
    let mut trial = Corridor::new();
    trial.push();
    let sent = trial.streets[1].lock().unwrap().frames.len();
    while at < sent {
        let mut corridor = Corridor::new();
        corridor.streets[1].lock().unwrap().proxy =
            Box::new(move |_, number, frame| if number == at { fate(frame) } else { Fate::Passes });
        let outcome = corridor.push();
        holds(&mut corridor, &outcome, &format!("frame {at}: {outcome:?}"));
        match outcome {
            Outcome::Confirmed { .. } => count[0] += 1,
            Outcome::Back(_) => count[1] += 1,
            Outcome::Refused(_) => count[2] += 1,
            Outcome::Mixed(why) => panic!("frame {at}: {why}"),
        }
        // All of what is said before the watch, then some of what is.
        at += if at < 110 { 1 } else { step };
    }
    count
}

#[test]
fn a_link_cut_at_any_message_leaves_all_or_none() {
    let [_, back, refused] = spoil_every_frame(41, |_| Fate::CutsBefore);
    assert!(back > 10 && refused > 5, "{back} {refused}");
}

#[test]
fn a_link_cut_behind_any_message_leaves_all_or_none() {
    let [_, back, refused] = spoil_every_frame(83, |_| Fate::CutsAfter);
    assert!(back > 10 && refused > 5, "{back} {refused}");
}

#[test]
fn what_comes_twice_is_taken_once_and_changes_nothing() {
    let [confirmed, back, refused] = spoil_every_frame(97, |_| Fate::ComesTwice);
    assert!(confirmed > 20 && back == 0 && refused == 0, "{confirmed} {back} {refused}");
}

#[test]
fn what_is_cut_short_or_comes_in_another_order_leaves_all_or_none() {
    spoil_every_frame(97, |frame| Fate::Becomes([&frame[..frame.len() / 2], b"\x0C"].concat()));
    spoil_every_frame(97, |_| Fate::Waits);
}

#[test]
fn a_half_open_connection_is_noticed() {
    let [_, back, refused] = spoil_every_frame(150, |_| Fate::HalfOpens);
    assert!(back > 10 && refused > 5, "{back} {refused}");
}

/// Replaces text in what a controller says, once it has been told something.
fn liar(corridor: &Corridor, said: &'static str, from: &'static str, to: &'static str) {
    let mut armed = false;
    corridor.streets[1].lock().unwrap().proxy = Box::new(move |way, _, frame| {
        let text = String::from_utf8_lossy(frame);
        armed |= way == Way::ToSite && text.contains(said);
        if armed && way == Way::ToSupervisor { Fate::Becomes(text.replace(from, to).into_bytes()) } else { Fate::Passes }
    });
}

#[test]
fn a_controller_that_lies_in_the_read_back_does_not_get_its_plan() {
    let mut corridor = Corridor::new();
    liar(&corridor, "setOffset", "2-55", "2-54");
    let outcome = corridor.push();
    corridor.streets[1].lock().unwrap().proxy = Box::new(|_, _, _| Fate::Passes);
    assert!(matches!(&outcome, Outcome::Back(why) if why.contains("K2, stage: read back")), "{outcome:?}");
    assert!(corridor.is_untouched());
}

#[test]
fn a_controller_that_says_yes_and_shows_something_else_is_brought_back() {
    let mut corridor = Corridor::new();
    corridor.streets[1].lock().unwrap().tlc.drift(-1500);
    let outcome = corridor.push();
    assert!(matches!(outcome, Outcome::Back(_) | Outcome::Confirmed { .. }), "{outcome:?}");
    let mut corridor = Corridor::new();
    liar(
        &corridor,
        "setPlan",
        "signalgroupstatus\",\"q\":\"recent\",\"s\":\"1",
        "signalgroupstatus\",\"q\":\"recent\",\"s\":\"B",
    );
    let outcome = corridor.push();
    assert!(!matches!(outcome, Outcome::Confirmed { .. }), "{outcome:?}");
    holds(&mut corridor, &outcome, "shows something else");
}

#[test]
fn a_clock_that_leaps_while_it_is_watched_takes_everybody_back() {
    for year in ["1970-01-01T00:00:0", "9999-"] {
        let mut corridor = Corridor::new();
        let from = if year.len() > 5 { "2026-11-27T08:0" } else { "2026-" };
        liar(&corridor, "StatusSubscribe", from, year);
        let outcome = corridor.push();
        assert!(!matches!(outcome, Outcome::Confirmed { .. }), "{outcome:?}");
        corridor.streets[1].lock().unwrap().proxy = Box::new(|_, _, _| Fate::Passes);
        holds(&mut corridor, &outcome, year);
    }
}

#[test]
fn a_controller_that_is_gone_for_good_leaves_a_corridor_of_which_it_is_said_that_it_is_mixed() {
    let mut corridor = Corridor::new();
    let street = Arc::clone(&corridor.streets[1]);
    let frame_of_select = {
        let mut trial = Corridor::new();
        trial.push();
        let street = trial.streets[1].lock().unwrap();
        street.frames.iter().position(|f| String::from_utf8_lossy(&f.1).contains("setPlan")).unwrap()
    };
    {
        let mut street = street.lock().unwrap();
        street.proxy = Box::new(move |_, number, _| if number > frame_of_select { Fate::HalfOpens } else { Fate::Passes });
    }
    let outcome = corridor.push();
    assert!(matches!(&outcome, Outcome::Mixed(why) if why.contains("K2")), "{outcome:?}");
    assert_eq!(corridor.plans()[0], 1);
    let Outcome::Refused(why) = corridor.push() else { panic!("not refused") };
    assert!(why.iter().any(|r| r.why.contains("rollback")), "{why:?}");
    street.lock().unwrap().proxy = Box::new(|_, _, _| Fate::Passes);
    let mut journal = corridor.journal();
    let before = journal.rollouts()[0].before.clone();
    let outcome = Rolling::new(&mut corridor.stations, &mut journal, demands(), &clock).back(&before, "ordered").unwrap();
    drop(journal);
    assert_eq!(outcome, Outcome::Back("ordered".into()));
    assert!(corridor.is_untouched());
}

#[test]
fn whoever_comes_after_a_crash_finds_in_the_journal_what_to_bring_back() {
    let mut corridor = Corridor::new();
    assert!(matches!(corridor.push(), Outcome::Confirmed { .. }));
    let whole = std::fs::read_to_string(corridor.folder.path().join("journal")).unwrap();
    let lines: Vec<&str> = whole.lines().collect();
    for kept in 1..lines.len() {
        std::fs::write(corridor.folder.path().join("journal"), lines[..kept].join("\n") + "\n").unwrap();
        let mut journal = corridor.journal();
        let last = journal.rollouts().pop().unwrap();
        assert_eq!(last.ended, None);
        let outcome = Rolling::new(&mut corridor.stations, &mut journal, demands(), &clock).back(&last.before, "crash").unwrap();
        assert_eq!(outcome, Outcome::Back("crash".into()));
        drop(journal);
        assert!(corridor.is_untouched());
    }
}
