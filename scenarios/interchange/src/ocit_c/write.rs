//! Supply files from signals and safe plans.

use super::{KINDS, image};
use model::id::{GroupId, Id};
use model::signal::{Grade, Green, SafePlan, Signal, SignalGroup};
use model::time::Seconds;
use std::fmt::Write;

/// Writes the supply file of a signal with some programs, given by name. Groups and programs are numbered in their order, from 1.
pub fn write(signal: &Signal, programs: &[(&str, &SafePlan)]) -> String {
    let mut out = Xml::default();
    out.text.push_str("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    out.text.push_str("<!-- OCIT-C-shaped, unvalidated: no schema is public. Without checksums. -->\n");
    out.text.push_str("<lsa:OIVD xmlns:lsa=\"http://odg_und_partner/intersection_config_data\">\n");
    out.depth = 1;
    out.within("lsa:GrundversorgungsdatenLSA", |out| {
        out.within("DateiVersion", |out| {
            out.leaf("VersionDokument", &"2.0.2");
            out.leaf("VersionDatenstruktur", &2002);
            out.leaf("VersionBlockzuordnung", &18);
        });
        out.within("Kopfdaten", |out| {
            out.leaf("Kurzbezeichnung", &signal.name);
            out.leaf("Name", &signal.name);
        });
        out.within("PhaseListe", |out| stages(out, signal));
        out.within("SignalgruppeListe", |out| signal.groups.enumerate().for_each(|(id, g)| group(out, id, g)));
        out.within("SignalprogrammListe", |out| {
            (1..).zip(programs).for_each(|(number, (name, plan))| program(out, signal, (number, name), plan));
        });
        out.within("Unvertraeglichkeitsmatrix", |out| conflicts(out, signal));
        out.within("ZwischenzeitenmatrixListe", |out| intergreens(out, signal));
    });
    out.text.push_str("</lsa:OIVD>\n");
    out.text
}

fn stages(out: &mut Xml, signal: &Signal) {
    for (number, stage) in (1..).zip(&signal.stages) {
        out.within("Phase", |out| {
            out.leaf("BezeichnungKurz", &stage.name);
            out.leaf("OCITOutstationNr", &number);
            out.leaf("VerkehrstechnischerTeilknotenNr", &1);
            for (id, group) in signal.groups.enumerate() {
                let shown = if stage.greens.contains(&id) { image::GREEN } else { image::RED };
                out.within("PhasenElementeintrag", |out| {
                    out.leaf("Signalgruppe", &group.name);
                    out.leaf("Signalbild", &shown);
                });
            }
        });
    }
}

fn group(out: &mut Xml, id: GroupId, group: &SignalGroup) {
    let kind = KINDS.iter().find(|k| k.1 == group.kind).map_or("Kfz", |k| k.0);
    let change = |out: &mut Xml, name, shown, lasts: Seconds| {
        if lasts > Seconds(0) {
            out.within(name, |out| {
                out.within("Uebergangselement", |out| {
                    out.leaf("Signalbild", &shown);
                    out.leaf("Zeitdauer", &lasts.0);
                });
            });
        }
    };
    out.within("Signalgruppe", |out| {
        out.leaf("BezeichnungKurz", &group.name);
        out.leaf("OCITOutstationNr", &(id.index() + 1));
        out.leaf("VerkehrstechnischerTeilknoten", &1);
        out.within("ZulaessigeSignalbilder", |out| {
            out.within("Frei", |out| out.leaf("Standard", &image::GREEN));
            out.within("Gesperrt", |out| out.leaf("Standard", &image::RED));
        });
        out.leaf("MindestFreigabe", &group.min_green.0);
        out.leaf("MindestGesperrt", &group.min_red.0);
        change(out, "AnwurfUebergang", image::RED_AMBER, group.red_amber);
        change(out, "AbwurfUebergang", image::AMBER, group.amber);
        out.leaf("Verkehrsart", &kind);
    });
}

fn program(out: &mut Xml, signal: &Signal, (number, name): (usize, &str), plan: &SafePlan) {
    out.within("Signalprogramm", |out| {
        out.leaf("BezeichnungKurz", &name);
        out.leaf("OCITOutstationNr", &number);
        out.within("SPKopfzeile", |out| {
            out.leaf("TU", &plan.cycle().0);
            out.leaf("SignalzeitenVersatz", &plan.offset().0);
        });
        for (id, group) in signal.groups.enumerate() {
            out.within("SPZeile", |out| {
                out.leaf("Signalgruppe", &group.name);
                for (second, shown) in switches(&plan.plan().greens[id], group, plan.cycle()) {
                    out.within("Schaltzeit", |out| {
                        out.leaf("Schaltzeitpunkt", &second);
                        out.leaf("Signalbild", &shown);
                    });
                }
            });
        }
    });
}

/// When a group begins to change, and to what, in the order of the seconds; where nothing ever changes, what it shows from second 0.
fn switches(greens: &[Green], group: &SignalGroup, cycle: Seconds) -> Vec<(u16, &'static str)> {
    if greens.iter().all(|g| g.duration == Seconds(0)) {
        return vec![(0, image::RED)];
    }
    if greens.iter().any(|g| g.duration == cycle) {
        return vec![(0, image::GREEN)];
    }
    let begins = |g: &Green| (g.start.0 + cycle.0 - group.red_amber.0 % cycle.0) % cycle.0;
    let both = |g: &Green| [(begins(g), image::GREEN), (g.end(cycle).0, image::RED)];
    let mut switches: Vec<_> = greens.iter().filter(|g| g.duration > Seconds(0)).flat_map(both).collect();
    switches.sort_unstable();
    switches
}

fn conflicts(out: &mut Xml, signal: &Signal) {
    for (a, one) in signal.groups.enumerate() {
        let later = signal.groups.enumerate().filter(|(b, _)| *b > a && signal.grades[(a, *b)] == Grade::Incompatible);
        for (_, other) in later {
            out.within("Unvertraeglichkeit", |out| {
                out.leaf("SGr1", &one.name);
                out.leaf("SGr2", &other.name);
            });
        }
    }
}

fn intergreens(out: &mut Xml, signal: &Signal) {
    out.within("SicherheitsrelevanteZwischenzeitenmatrix", |out| {
        out.leaf("BezeichnungKurz", &"ZZ");
        out.leaf("OCITOutstationNr", &1);
        for (clearing, one) in signal.groups.enumerate() {
            for (entering, other) in signal.groups.enumerate() {
                let Some(needed) = signal.intergreens[(clearing, entering)] else { continue };
                out.within("ZwiZt", |out| {
                    out.leaf("Raeumer", &one.name);
                    out.leaf("Einfahrer", &other.name);
                    out.leaf("T", &needed.0);
                });
            }
        }
    });
}

/// Indented XML.
#[derive(Default)]
struct Xml {
    text: String,
    depth: usize,
}

impl Xml {
    fn within(&mut self, name: &str, content: impl FnOnce(&mut Self)) {
        let indent = 2 * self.depth;
        let _ = writeln!(self.text, "{:indent$}<{name}>", "");
        self.depth += 1;
        content(self);
        self.depth -= 1;
        let _ = writeln!(self.text, "{:indent$}</{name}>", "");
    }

    fn leaf(&mut self, name: &str, value: &impl ToString) {
        let (indent, value) = (2 * self.depth, value.to_string());
        let _ = writeln!(self.text, "{:indent$}<{name}>{}</{name}>", "", quick_xml::escape::escape(&value));
    }
}
