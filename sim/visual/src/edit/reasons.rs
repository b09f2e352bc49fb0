//! The rules that a change would break, in the language of the window.

use controller::StageError;
use evaluation::report::Language;
use model::signal::PlanFault;

/// Why a plan is not safe.
pub(super) fn plan(fault: &PlanFault, language: Language) -> String {
    match language {
        Language::English => fault.to_string(),
        Language::German => german_plan(fault),
    }
}

/// Why stages allow no plan.
pub(super) fn stages(error: &StageError, language: Language) -> String {
    match language {
        Language::English => error.to_string(),
        Language::German => german_stages(error),
    }
}

fn german_plan(fault: &PlanFault) -> String {
    match fault {
        PlanFault::WrongGroups { signal, actual, required } => {
            format!("das Programm hat Freigaben für {actual} Gruppen, Signal {signal} hat aber {required}")
        }
        PlanFault::Cycle { actual } => format!("die Umlaufzeit ist {actual}, erlaubt sind 10 s bis 600 s"),
        PlanFault::Offset { offset, cycle } => {
            format!("die Versatzzeit ist {offset}, muss aber unter der Umlaufzeit von {cycle} liegen")
        }
        PlanFault::OutsideCycle { group, start, duration, cycle } => {
            format!("eine Freigabe von {group} ab Sekunde {start} für {duration} passt nicht in die Umlaufzeit von {cycle}")
        }
        PlanFault::NeverGreen { group } => format!("{group} zeigt nie Grün"),
        PlanFault::GreenTooShort { group, start, actual, required } => {
            format!("{group} zeigt ab Sekunde {start} nur {actual} Grün, die Mindestfreigabezeit ist {required}")
        }
        PlanFault::GreenTooLong { group, actual, cycle, percent, allowed } => {
            format!("{group} zeigt {actual} Grün im Umlauf von {cycle}, erlaubt sind höchstens {percent} % davon, {allowed}")
        }
        PlanFault::RedTooShort { group, start, actual, required } => {
            format!("{group} ist vor Sekunde {start} mit Übergängen {actual} gesperrt, nötig sind {required}")
        }
        PlanFault::GreenTogether { first, second, at } => {
            format!("{first} und {second} sind unverträglich, zeigen aber in Sekunde {at} beide Grün")
        }
        PlanFault::IntergreenTooShort { clearing, entering, actual, required } => {
            format!("{entering} bekommt {actual} nach dem Ende von {clearing} Grün, die Zwischenzeit ist aber {required}")
        }
        PlanFault::SwitchNeverEnds { at } => {
            format!("eine Umschaltung in Sekunde {at} erreicht das andere Programm in drei Umläufen nicht")
        }
    }
}

fn german_stages(error: &StageError) -> String {
    match error {
        StageError::NoStages { signal } => format!("Signal {signal} hat keine Phasen"),
        StageError::Incompatible { stage, first, second } => {
            format!("Phase {stage} enthält {first} und {second}, die unverträglich sind")
        }
        StageError::NeverGreen { group } => format!("{group} ist in keiner Phase"),
        StageError::WrongCount { actual, required } => format!("es gibt {actual} Dauern, aber {required} Phasen"),
        StageError::StageTooShort { stage, actual, required } => {
            format!("Phase {stage} dauert {actual}, ihre Gruppen brauchen aber {required}")
        }
        StageError::GreenTooLong { group, actual, cycle, allowed } => {
            format!("{group} wäre {actual} im Umlauf von {cycle} grün, erlaubt sind {allowed}")
        }
        StageError::CycleTooShort { needed, longest } => {
            format!("Phasen und Übergänge brauchen einen Umlauf von {needed} s, der längste erlaubte ist {longest}")
        }
        StageError::CycleRange { shortest, longest } => {
            format!("Umlaufzeiten von {shortest} bis {longest} liegen nicht zwischen 10 s und 600 s")
        }
        StageError::Flow { group } => format!("Verkehrsstärken von {group} müssen mindestens 0, Sättigungen über 0 sein"),
        StageError::WrongGroups { actual, required } => {
            format!("es gibt Verkehrsstärken für {actual} Gruppen, das Signal hat aber {required}")
        }
    }
}
