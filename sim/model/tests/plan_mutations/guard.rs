//! Whatever is asked of a guard, and from whichever plan to whichever it goes, nothing is wrong with what it shows.

use crate::brute::{Film, wrongs_of_film};
use crate::make::{Draw, crossroads, random_signal, safe_plan, wandered};
use model::control::Wish;
use model::id::{GroupId, Id, IdVec};
use model::signal::{Aspect, Guard, SafePlan, Signal, check_switch};
use model::time::{DaySecond, Seconds};

/// Films what a guard shows.
struct Camera {
    guard: Guard,
    film: Film,
}

impl Camera {
    fn new(signal: &Signal, guard: Guard) -> Self {
        let film = signal.groups.ids().map(|g| vec![guard.aspect(g)]).collect();
        Self { guard, film }
    }

    fn step(&mut self, signal: &Signal, wishes: &IdVec<GroupId, Wish>) {
        self.guard.step(signal, wishes);
        for id in signal.groups.ids() {
            self.film[id.index()].push(self.guard.aspect(id));
        }
    }
}

/// Wishes that a controller gone mad might have: each is kept for a while, then drawn anew.
fn wish_anything(wishes: &mut IdVec<GroupId, Wish>, patience: usize, draw: &mut Draw) {
    for wish in wishes.iter_mut() {
        if draw.once_in(patience) {
            let green = draw.once_in(2);
            *wish = Wish { green, remaining: Seconds(draw.between(0, 40)) };
        }
    }
}

fn safe(signal: &Signal, draw: &mut Draw) -> SafePlan {
    let plan = safe_plan(signal, draw);
    plan.check(signal).unwrap_or_else(|faults| panic!("{faults:?}"))
}

#[test]
fn whatever_is_asked_of_a_guard_its_images_are_free_of_faults() {
    let mut draw = Draw(3);
    let mut greens = 0;
    for i in 0..120 {
        let signal = if i % 10 == 0 { crossroads() } else { random_signal(&mut draw) };
        let guard = match i % 2 {
            0 => Guard::all_red(&signal),
            _ => Guard::playing(&signal, &safe(&signal, &mut draw), DaySecond(draw.next() as u32 % 86_400)),
        };
        let mut camera = Camera::new(&signal, guard);
        let mut wishes = IdVec::from_fn(signal.groups.len(), |_| Wish::default());
        let patience = [1, 3, 12][i % 3];
        for _ in 0..10_000 {
            wish_anything(&mut wishes, patience, &mut draw);
            camera.step(&signal, &wishes);
        }
        let wrong = wrongs_of_film(&signal, &camera.film);
        assert!(wrong.is_empty(), "{wrong:?} with patience {patience} in {signal:?}");
        greens += camera.film.iter().flatten().filter(|&&a| a == Aspect::Green).count();
    }
    assert!(greens > 100_000, "a guard that shows {greens} s of green is not tried");
}

/// Plays one plan, then the other from some second on, and returns the film and whether the end of it is the other plan.
fn film_of_switch(signal: &Signal, from: &SafePlan, to: &SafePlan, begin: DaySecond) -> (Film, bool) {
    let cycles = |plan: &SafePlan, n: u32| n * u32::from(plan.cycle().0);
    let start = DaySecond(begin.0 - cycles(from, 2));
    let mut camera = Camera::new(signal, Guard::playing(signal, from, start));
    let mut wishes = IdVec::from_fn(signal.groups.len(), |_| Wish::default());
    let mut arrived = true;
    let end = begin.0 + cycles(to, 5);
    for now in start.0 + 1..=end {
        let plan = if now <= begin.0 { from } else { to };
        plan.wishes(DaySecond(now), &mut wishes);
        camera.step(signal, &wishes);
        let shows = |plan: &SafePlan| signal.groups.ids().all(|g| camera.guard.aspect(g) == plan.aspect_at(g, DaySecond(now)));
        assert!(now > begin.0 || shows(from), "a safe plan goes through unchanged: {from:?} at {now} for {signal:?}");
        arrived &= now + cycles(to, 1) <= end || shows(to);
    }
    (camera.film, arrived)
}

#[test]
fn the_way_from_one_plan_to_another_is_free_of_faults() {
    let mut draw = Draw(4);
    let (mut well, mut endless) = (0, 0);
    for i in 0..80 {
        let signal = if i % 10 == 0 { crossroads() } else { random_signal(&mut draw) };
        let from = safe(&signal, &mut draw);
        let to = match i % 3 {
            0 => from.with_offset(Seconds(draw.below(from.cycle().0.into()) as u16)),
            1 => wandered(&signal, from.plan().clone(), &mut draw).check(&signal).unwrap_or_else(|faults| panic!("{faults:?}")),
            _ => safe(&signal, &mut draw),
        };
        let verdict = check_switch(&signal, &from, &to);
        let mut all_arrive = true;
        for _ in 0..25 {
            let begin = DaySecond(7200 + draw.below(from.cycle().0.into()) as u32);
            let (film, arrived) = film_of_switch(&signal, &from, &to, begin);
            let wrong = wrongs_of_film(&signal, &film);
            assert!(wrong.is_empty(), "{wrong:?} at {begin} from {from:?} to {to:?} for {signal:?}");
            all_arrive &= arrived;
        }
        match verdict {
            Ok(()) => {
                assert!(all_arrive, "the switch was said to end: from {from:?} to {to:?} for {signal:?}");
                well += 1;
            }
            Err(_) => endless += 1,
        }
    }
    eprintln!("{well} switches end, {endless} do not");
    assert!(well > 40, "{well} switches end, {endless} do not");
}
