//! What the window says, in English and in German.

use evaluation::report::Language;
use model::vehicle::VehicleClass;

/// A text in every language.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Text {
    en: &'static str,
    de: &'static str,
}

impl Text {
    /// A text in every language.
    pub(crate) const fn new(en: &'static str, de: &'static str) -> Self {
        Self { en, de }
    }

    /// The text in a language.
    pub(crate) const fn of(self, language: Language) -> &'static str {
        match language {
            Language::English => self.en,
            Language::German => self.de,
        }
    }

    /// The text with values in place of `{}`, in their order.
    pub(crate) fn with(self, language: Language, values: &[&dyn std::fmt::Display]) -> String {
        let mut values = values.iter();
        let mut parts = self.of(language).split("{}");
        let mut out = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            out += &values.next().map(ToString::to_string).unwrap_or_default();
            out += part;
        }
        out
    }
}

/// A number with the decimal mark of a language and a true minus sign.
pub(crate) fn number(language: Language, value: f64, decimals: usize) -> String {
    let text = format!("{value:.decimals$}").replace('-', "\u{2212}");
    match language {
        Language::English => text,
        Language::German => text.replace('.', ","),
    }
}

/// A vehicle class.
pub(crate) const fn class(class: VehicleClass) -> Text {
    match class {
        VehicleClass::Car => CAR,
        VehicleClass::Motorcycle => MOTORCYCLE,
        VehicleClass::Lorry => LORRY,
        VehicleClass::ArticulatedLorry => ARTICULATED,
        VehicleClass::Bus => BUS,
        VehicleClass::Tram => TRAM,
        VehicleClass::Bicycle => BICYCLE,
        VehicleClass::Emergency => EMERGENCY,
    }
}

macro_rules! texts {
    ($($name:ident $en:literal $de:literal)*) => {$(
        pub(crate) const $name: Text = Text::new($en, $de);
    )*};
}

texts! {
    CAR "car" "Pkw"
    MOTORCYCLE "motorcycle" "Kraftrad"
    LORRY "lorry" "Lkw"
    ARTICULATED "articulated lorry" "Lastzug"
    BUS "bus" "Bus"
    TRAM "tram" "Straßenbahn"
    BICYCLE "bicycle" "Fahrrad"
    EMERGENCY "emergency" "Einsatzfahrzeug"
    ON_FOOT "on foot" "zu Fuß"
    BRAKING "braking or standing" "bremst oder steht"
    INDICATING "turning" "biegt ab"

    RUNNING "running" "läuft"
    PAUSED "paused" "angehalten"
    ENDED "ended" "beendet"
    MOVING "{} moving, {} waiting outside" "{} unterwegs, {} warten außerhalb"
    PLAN_SEED "plan {}, seed {}" "Programm {}, Startwert {}"
    NO_SIGNALS "no signals" "keine Signale"
    RUN "Run (Space)" "Starten (Leertaste)"
    PAUSE "Pause (Space)" "Anhalten (Leertaste)"
    STEP "One step on (.)" "Ein Schritt weiter (.)"
    SECOND "One second on (Shift .)" "Eine Sekunde weiter (Umschalt .)"
    CYCLE "One cycle on (Ctrl .)" "Ein Umlauf weiter (Strg .)"
    SLOWER "Slower ([ or Page Down)" "Langsamer ([ oder Bild ab)"
    FASTER "Faster (] or Page Up)" "Schneller (] oder Bild auf)"
    TO_START "Back to the start (R)" "Zurück zum Anfang (R)"
    TIME_SLIDER "Drag to any moment, back too (T: type a time)" "Zu jedem Zeitpunkt ziehen, auch zurück (T: Zeit eingeben)"
    ON_THE_WAY "on the way: {} %" "unterwegs: {} %"
    CANCEL "Cancel (Esc)" "Abbrechen (Esc)"
    THEME "Light or dark (N)" "Hell oder dunkel (N)"
    LANGUAGE "Auf Deutsch (F2)" "In English (F2)"
    HELP "All keys (?)" "Alle Tasten (?)"
    OPEN "Open a scenario (Ctrl O)" "Szenario öffnen (Strg O)"
    FIND "Find a signal, street or vehicle (Ctrl F)" "Signal, Straße oder Fahrzeug suchen (Strg F)"
    SAVE "Save as a plan of the scenario (Ctrl S)" "Als Programm des Szenarios sichern (Strg S)"
    UNDO "Undo (Ctrl Z)" "Rückgängig (Strg Z)"
    REDO "Redo (Ctrl Y)" "Wiederholen (Strg Y)"
    UNDO_WHAT "Undo: {} (Ctrl Z)" "Rückgängig: {} (Strg Z)"
    SWAP "Swap before and after (Tab)" "Vorher und nachher tauschen (Tab)"
    SPLIT "Side by side (Shift Tab)" "Nebeneinander (Umschalt Tab)"
    EXPORT "Save this diagram as SVG and PNG (E)" "Diese Zeichnung als SVG und PNG sichern (E)"

    LAYERS "Layers" "Ebenen"
    NO_LAYER "None" "Keine"
    LAYER_KEYS "Keys 1 to 9; 0 for none" "Tasten 1 bis 9; 0 für keine"
    LEGEND "Legend" "Legende"
    SPEED "Speed" "Geschwindigkeit"
    SPEED_UNIT "% of the limit, now" "% der zulässigen, jetzt"
    DELAY "Delay" "Wartezeit"
    DELAY_UNIT "s per vehicle, last 5 min" "s je Fahrzeug, letzte 5 min"
    QUEUE "Queue length" "Rückstaulänge"
    QUEUE_UNIT "m before the stop line, now" "m vor der Haltlinie, jetzt"
    LEVEL "Level of service" "Qualitätsstufe (QSV)"
    LEVEL_UNIT "HBS, mean delay, last 5 min" "HBS, mittlere Wartezeit, letzte 5 min"
    LEVEL_F "F   > {}, assumed: over capacity" "F   > {}, angenommen: überlastet"
    FLOW "Flow" "Verkehrsstärke"
    FLOW_UNIT "veh/h, last 5 min" "Fz/h, letzte 5 min"
    EMISSIONS "Emissions" "Emissionen"
    EMISSIONS_UNIT "kg CO₂ per km and h, last 5 min" "kg CO₂ je km und h, letzte 5 min"
    ARRIVALS "Arrivals on green" "Ankünfte bei Grün"
    ARRIVALS_UNIT "% of arrivals, last 5 min" "% der Ankünfte, letzte 5 min"
    SPILLBACK "Spillback" "Überstauung"
    SPILLBACK_UNIT "% of the link that is queue, now" "% der Strecke mit Rückstau, jetzt"
    DIFFERENCE "Difference in delay" "Wartezeitunterschied"
    DIFFERENCE_UNIT "s per vehicle, after − before" "s je Fahrzeug, nachher − vorher"
    INSIGNIFICANT "not significant" "nicht signifikant"
    NO_DATA "nothing counted yet" "noch nichts gezählt"
    NO_QUEUE "no queue" "kein Rückstau"
    NONE_SEEN "no vehicles" "keine Fahrzeuge"
    COUNTED_FROM "of vehicles due from {} on" "von Fahrzeugen, die ab {} beginnen"
    UNSAVED "Changes are not saved: Ctrl S saves them, Ctrl Q again leaves without." "Änderungen sind nicht gesichert: Strg S sichert sie, noch einmal Strg Q verwirft sie."
    NEEDS_TWO "Change a plan first: then there are two worlds." "Zuerst ein Programm ändern: dann gibt es zwei Welten."

    DIAGRAMS "Diagrams" "Diagramme"
    LIVE "Signals live" "Signale live"
    PLAN "Signal plan" "Signalzeitenplan"
    TIME_SPACE "Time–space" "Zeit-Weg"
    STAGES "Stages" "Phasenfolge"
    MATRIX "Intergreens" "Zwischenzeiten"
    SERIES "Time series" "Ganglinie"
    CHOOSE_SIGNAL "Click a signal on the map, or find one (Ctrl F)." "Ein Signal auf der Karte anklicken oder suchen (Strg F)."
    NO_CORRIDOR "The scenario names no corridor." "Das Szenario nennt keine Koordinierungsstrecke."
    LIVE_TITLE "Signal {}: what it showed, now at the right edge" "Signal {}: was es zeigte, jetzt am rechten Rand"
    PLAN_TITLE "Signal timing plan {}, {}: cycle {} s, offset {} s" "Signalzeitenplan {}, {}: Umlaufzeit {} s, Versatzzeit {} s"
    STAGES_TITLE "Stages of {} as the plan shows them" "Phasenfolge von {} im Programm"
    MATRIX_TITLE "Intergreens of {} in s: the row clears, the column enters" "Zwischenzeiten von {} in s: Zeile räumt, Spalte fährt ein"
    CLEARS_ENTERS "clears \\ enters" "räumt \\ einf."
    CONDITIONAL "b: may be green together, one yields" "b: bedingt verträglich"
    TIME_SPACE_TITLE "{}: time–space diagram" "{}: Zeit-Weg-Diagramm"
    BAND_WIDTH "band {}: {} s" "Band {}: {} s"
    NO_BANDS "no green band of 5 s or more in every direction" "kein Grünband von 5 s oder mehr in jeder Richtung"
    CYCLES_DIFFER "cycles differ: no common bands" "Umlaufzeiten verschieden: keine gemeinsamen Bänder"
    CYCLISTS "dashed: cyclists" "gestrichelt: Rad"
    DRAG_STRIP "Drag a strip sideways to change the offset" "Streifen seitwärts ziehen ändert die Versatzzeit"
    DRAG_PLAN "Drag an edge: split; with Alt that edge alone; drag the ruler: offset; + −: cycle" "Kante ziehen: Grünverteilung; mit Alt nur diese Kante; Lineal ziehen: Versatzzeit; + −: Umlaufzeit"
    DRAG_RULER "Drag to measure seconds" "Ziehen misst Sekunden"
    SECONDS_OF_CYCLE "second of the cycle" "Umlaufsekunde"
    GROUP "group" "Gruppe"
    GREEN_TIME "green" "Grün"
    TENTATIVE "tentative: not saved" "vorläufig: nicht gesichert"

    SIGNAL "Signal {}" "Signal {}"
    SHOWS "{}: {} for {} s" "{}: {} seit {} s"
    UNTIL_GREEN_ENDS "until its green ends in {} s, at second {} of the cycle" "bis zum Grünende in {} s, Umlaufsekunde {}"
    UNTIL_GREEN "green comes in {} s, at second {} of the cycle" "Grün kommt in {} s, Umlaufsekunde {}"
    ALWAYS "this does not change in this plan" "das ändert sich in diesem Programm nicht"
    RULE_PLAN "decided by: fixed-time plan {}, second {} of {}" "entschieden von: Festzeitprogramm {}, Sekunde {} von {}"
    RULE_AMBER "decided by: amber of {} s after green" "entschieden von: Gelbzeit {} s nach Grün"
    RULE_RED_AMBER "decided by: red-amber of {} s before green" "entschieden von: Rot-Gelb {} s vor Grün"
    WAITS_FOR "waits for {}: intergreen {} s, {}" "wartet auf {}: Zwischenzeit {} s, {}"
    STILL_GREEN "still green" "noch grün"
    SINCE_END "{} s since its end" "{} s seit Grünende"
    WAITS_FOR_PLAN "every intergreen is over: waits for its second in the plan" "alle Zwischenzeiten um: wartet auf seine Sekunde im Programm"
    GUARD_HOLDS "the guard holds it back: the plan asks for {}" "der Wächter hält es zurück: das Programm verlangt {}"
    DETECTORS_NONE "no detector takes part: the plan is fixed-time" "kein Detektor beteiligt: Festzeitsteuerung"
    DETECTOR_NOW "detector {}: {} veh in the last second, {} % occupied; counted, but the plan is fixed-time" "Detektor {}: {} Fz in der letzten Sekunde, {} % belegt; gezählt, aber Festzeitsteuerung"
    RED "red" "Rot"
    RED_AMBER "red-amber" "Rot-Gelb"
    GREEN "green" "Grün"
    AMBER "amber" "Gelb"
    VEHICLE "Vehicle {}" "Fahrzeug {}"
    FOLLOWING "following vehicle {} (F: let go)" "folgt Fahrzeug {} (F: loslassen)"
    VEHICLE_GONE "vehicle {} has left the network" "Fahrzeug {} hat das Netz verlassen"

    BEFORE "before" "vorher"
    AFTER "after" "nachher"
    DIFFER_SINCE "different since {}" "verschieden seit {}"
    SUM_DELAY "delay per vehicle" "Wartezeit je Fahrzeug"
    SUM_STOPS "stops per vehicle" "Halte je Fahrzeug"
    SUM_CO2 "CO₂" "CO₂"
    SUM_ARRIVED "arrived" "angekommen"
    ONE_RUN "one seed: a difference may be chance" "ein Startwert: ein Unterschied kann Zufall sein"
    FROM_START "Run the plan from the start (Shift R)" "Programm von Anfang an rechnen (Umschalt R)"

    OFFSET_AND_CYCLE "offset / cycle" "Versatz / Umlauf"
    EDIT_OFFSET "offset of {} {} s → {} s" "Versatzzeit {} {} s → {} s"
    EDIT_SPLIT "split of {} by {} s" "Grünverteilung {} um {} s"
    EDIT_EDGE "green of {} {} by {} s" "Grün von {} {} um {} s"
    EDIT_CYCLE "cycle of {} {} s → {} s" "Umlaufzeit {} {} s → {} s"
    EDIT_ORDER "stages of {}: {}" "Phasen von {}: {}"
    REFUSED "refused: {}" "abgelehnt: {}"
    NO_STAGE_LEFT "stage {} would last {} s" "Phase {} würde {} s dauern"
    NO_SUCH_ORDER "no safe sequence has this order" "keine sichere Folge hat diese Ordnung"
    SAVED "saved: {}" "gesichert: {}"
    NAME_TAKEN "there is a plan {} already" "ein Programm {} gibt es schon"
    NAME_BAD "a name has letters, digits, - and _ only" "ein Name hat nur Buchstaben, Ziffern, - und _"
    NOTHING_TO_SAVE "nothing has been changed" "es ist nichts geändert"
    NO_FOLDER "the scenario has no folder" "das Szenario hat keinen Ordner"
    PLAN_NAME "name of the plan" "Name des Programms"
    SAVE_BUTTON "Save" "Sichern"
    SAVE_WORKS "roadworks of the scenario (roadworks.toml)" "Baustellen des Szenarios (roadworks.toml)"

    WORKS "Roadworks" "Baustellen"
    WORKS_HINT "Click a lane on the map; Shift: one more, Ctrl: the whole link. Enter closes them." "Fahrstreifen auf der Karte klicken; Umschalt: noch einen, Strg: die ganze Strecke. Enter sperrt sie."
    WORKS_NONE "none yet" "noch keine"
    WORKS_CLOSE "Close these … (Enter)" "Diese sperren … (Enter)"
    WORKS_NEW "New site" "Neue Baustelle"
    WORKS_CHANGE "Change the site" "Baustelle ändern"
    WORKS_NAME "site {}" "Baustelle {}"
    WORKS_FIELD_NAME "name" "Name"
    WORKS_FIELD_BEGIN "closed from" "gesperrt von"
    WORKS_FIELD_END "until" "bis"
    WORKS_FIELD_LIMIT "limit beside it, km/h" "daneben höchstens, km/h"
    WORKS_HOURS "Times of the scenario's day, such as 07:30; no limit when empty." "Uhrzeiten am Tag des Szenarios, etwa 07:30; leer: ohne Begrenzung."
    WORKS_DONE "Close them (Enter)" "Sperren (Enter)"
    WORKS_TYPE "Change … (Enter)" "Ändern … (Enter)"
    WORKS_REMOVE "Remove (Del)" "Löschen (Entf)"
    WORKS_LIMIT "{} km/h beside it" "daneben {} km/h"
    WORKS_SOURCE "source: {}" "Quelle: {}"
    WORKS_WHOLE "{}: whole link" "{}: ganze Strecke"
    WORKS_LANES "{}: lane {} of {} from the right" "{}: Fahrstreifen {} von {}, von rechts"
    WORKS_ADDED "new: {}" "neu: {}"
    WORKS_CHANGED "changed: {}" "geändert: {}"
    WORKS_REMOVED "removed: {}" "gelöscht: {}"
    WORKS_WARNED "{}. But: {}" "{}. Aber: {}"
    WORKS_WARNED_MORE "{}. But: {}, and {} more" "{}. Aber: {}, und {} weitere"
    WORKS_NO_NAME "a site needs a name" "eine Baustelle braucht einen Namen"
    WORKS_NAME_TAKEN "there is a site {} already" "eine Baustelle {} gibt es schon"
    WORKS_NOTHING "no lane is chosen" "es ist kein Fahrstreifen gewählt"
    WORKS_NO_TIME "{} is no time of day, such as 07:30" "{} ist keine Uhrzeit wie 07:30"
    WORKS_ORDER "it ends at {}, but begins at {}" "sie endet um {}, beginnt aber um {}"
    WORKS_NO_LIMIT "{} km/h is not between 5 and {}, the limit without works" "{} km/h liegt nicht zwischen 5 und {}, der Begrenzung ohne Baustelle"

    JUMP "Jump to a time" "Zu einer Zeit springen"
    JUMP_HINT "07:30:00 or 0730, between {} and {}" "07:30:00 oder 0730, zwischen {} und {}"
    JUMP_BAD "no time of this scenario: {}" "keine Zeit dieses Szenarios: {}"
    FIND_HINT "signal, street, or number of a vehicle" "Signal, Straße oder Nummer eines Fahrzeugs"
    FOUND_NOTHING "nothing of that name" "nichts mit diesem Namen"
    KEYS "Keys" "Tasten"
    WELCOME "Which scenario?" "Welches Szenario?"
    WELCOME_HINT "Open one of these folders, or type the path of another." "Einen dieser Ordner öffnen oder den Pfad eines anderen eingeben."
    OPEN_BUTTON "Open" "Öffnen"
    FAULTS "This scenario has {} faults and cannot be run" "Dieses Szenario hat {} Fehler und kann nicht laufen"
    ANOTHER "Open another scenario" "Ein anderes Szenario öffnen"
    CLOSE "Close (Esc)" "Schließen (Esc)"
    FOLDER "folder of a scenario" "Ordner eines Szenarios"

    SERIES_DELAY "delay, s per vehicle" "Wartezeit, s je Fahrzeug"
    SERIES_FLOW "arrived, veh/h" "angekommen, Fz/h"
    SERIES_STOPS "stops per vehicle" "Halte je Fahrzeug"
    SERIES_CO2 "CO₂, kg/h" "CO₂, kg/h"
    SERIES_SPEED "mean speed, km/h" "mittlere Geschwindigkeit, km/h"
    SERIES_NONE "The series begins after the first minute." "Die Ganglinie beginnt nach der ersten Minute."
    TIME_OF_DAY "time of day" "Uhrzeit"
}
