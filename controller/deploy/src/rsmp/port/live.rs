//! Live control over RSMP: M0012 orders groups, S0001 and S0002 show what comes of it.

use super::{RsmpPort, Wire};
use crate::live::{LivePort, Scene};
use crate::port::PortError;
use model::id::{GroupId, IdVec};
use model::signal::Aspect;

impl<W: Wire> LivePort for RsmpPort<W> {
    fn look(&mut self) -> Result<Scene, PortError> {
        let answer = self.statuses(&[("S0001", "signalgroupstatus"), ("S0002", "detectorlogicstatus")])?;
        let text = |name: &str| answer.values.get(name).map_or("", String::as_str);
        let aspects = text("S0001 signalgroupstatus").chars().map(aspect).collect();
        let off = text("S0001 signalgroupstatus").chars().map(is_off).collect();
        let detectors = text("S0002 detectorlogicstatus").chars().map(|c| c == '1').collect();
        Ok(Scene { at: answer.clock, aspects, off, detectors })
    }

    fn order(&mut self, greens: &IdVec<GroupId, bool>) -> Result<(), PortError> {
        let bits: Vec<bool> = greens.iter().copied().collect();
        let block = |(place, part): (usize, &[bool])| {
            let word = |wanted: bool| part.iter().enumerate().filter(|(_, b)| **b == wanted).fold(0_u32, |w, (i, _)| w | 1 << i);
            format!("{},{},{}", place * 16 + 1, word(true), word(false))
        };
        let blocks: Vec<String> = bits.chunks(16).enumerate().map(block).collect();
        self.command("M0012", "setStart", &[("status", blocks.join(";"))])
    }

    fn release(&mut self) -> Result<(), PortError> {
        // A controller of another make may name the components of its groups otherwise than the signal does.
        let names: Vec<String> = self.signal.groups.iter().map(|g| g.name.clone()).collect();
        names.iter().try_for_each(|name| self.session.command(name, "M0010", "setStart", &[("status", "False".into())]))
    }
}

/// Whether a character of S0001 is no state of a plan. Source: TLC 1.2.1, S0001: small letters are dark, flashing and start-up.
const fn is_off(character: char) -> bool {
    !matches!(character, '0'..='9' | 'A'..='Z')
}

/// What a character of S0001 means. Source: TLC 1.2.1, S0001: 1 to 9 are kinds of green, 0 is red-amber, N and O are amber.
fn aspect(character: char) -> Aspect {
    match character {
        '1'..='9' => Aspect::Green,
        '0' => Aspect::RedAmber,
        'N' | 'O' => Aspect::Amber,
        _ => Aspect::Red,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_dark_or_flashes_is_not_taken_for_red() {
        assert!("abcdefg".chars().all(is_off) && !"0159ABNOP".chars().any(is_off));
        assert_eq!("B0N5".chars().map(aspect).collect::<Vec<_>>(), [Aspect::Red, Aspect::RedAmber, Aspect::Amber, Aspect::Green]);
    }
}
