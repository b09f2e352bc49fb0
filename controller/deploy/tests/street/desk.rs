//! What a control centre does with one controller beside rollouts.

use crate::common::{Session, Toy, first_group, signal_and_plans, station, station_like};
use deploy::rsmp::{Coordination, PriorityRequest};
use deploy::tlc::AlarmInput;
use deploy::{Port, PortError};
use model::id::{GroupId, Id};
use std::sync::Arc;

#[test]
fn a_calendar_is_set_and_read_back_and_followed() {
    let (Toy { mut port, .. }, street) = station("K1", 13);
    // It is about five past nine on a Friday in winter.
    let (week, times) = ("4-1".parse().unwrap(), "1-1-8-0,1-2-9-8".parse().unwrap());
    port.set_calendar(&week, &times).unwrap();
    assert_eq!(port.calendar(), Ok((week, times)));
    port.select(1).unwrap();
    street.lock().unwrap().live(300_000);
    assert!(port.read().is_err(), "the site has hung up");
    assert_eq!(port.read().unwrap().plan, 1, "it is ordered");
    port.follow_calendar().unwrap();
    let device = port.read().unwrap();
    assert_eq!((device.plan, device.source.as_str()), (2, "calendar_clock"));
}

#[test]
fn coordination_and_forecasts_are_read_and_compared() {
    let (Toy { mut port, .. }, _street) = station("K1", 13);
    assert_eq!(port.coordination(), Ok(Coordination::Centralized));
    let (_, held, _) = signal_and_plans(0);
    let first = GroupId::from_index(0);
    assert_eq!(port.forecast_off(&first_group(), first, &held[&1]), Ok(Some(0)));
    let later = held[&1].with_offset(model::time::Seconds(7));
    assert_eq!(port.forecast_off(&first_group(), first, &later), Ok(Some(7)));
    assert!(matches!(port.forecast("nobody"), Err(PortError::Answer(_))));
}

#[test]
fn priority_is_asked_for_seen_and_cancelled() {
    let (Toy { mut port, .. }, street) = station("K1", 13);
    let group = first_group();
    port.priority(&PriorityRequest::New { id: "bus", group: &group, level: 7, eta_s: Some(5) }).unwrap();
    assert_eq!(port.priorities().unwrap()["bus"], "received");
    street.lock().unwrap().live(1000);
    assert_eq!(port.priorities().unwrap()["bus"], "activated");
    port.priority(&PriorityRequest::Update { id: "bus", level: 9, eta_s: None }).unwrap();
    let again = port.priority(&PriorityRequest::New { id: "bus", group: &group, level: 7, eta_s: None });
    assert!(matches!(again, Err(PortError::Refused(_))));
    port.priority(&PriorityRequest::Cancel { id: "bus" }).unwrap();
    assert_eq!(port.priorities().unwrap()["bus"], "completed");
}

#[test]
fn an_alarm_forbids_a_push_for_as_long_as_it_is_active() {
    let (Toy { mut port, .. }, street) = station_like("K1", 13, |setup| {
        setup.alarm_inputs = vec![AlarmInput { input: 7, alarm: "A0010".into(), component: "TC".into() }];
    });
    port.read().unwrap();
    let force = |value: &str| {
        let mut session = Session::new(Arc::clone(&street));
        session.order("M0019", "setInput", &[("status", "True"), ("input", "7"), ("inputValue", value)]).unwrap();
        session.live(1);
    };
    force("True");
    // The connection is that of whoever forced it.
    street.lock().unwrap().cut();
    assert!(matches!(port.read(), Err(PortError::Link(_))));
    assert_eq!(port.read(), Err(PortError::Alarm("A0010 of TC".into())));
    force("False");
    street.lock().unwrap().cut();
    assert!(matches!(port.read(), Err(PortError::Link(_))));
    assert!(port.read().is_ok());
}
