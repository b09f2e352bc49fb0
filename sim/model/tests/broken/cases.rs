//! The broken scenarios: what is changed in a good one, and what must be said about it.

/// One change of a good scenario that breaks it.
pub(crate) struct Case {
    /// What is broken.
    pub(crate) name: &'static str,
    /// The file, within the folder.
    pub(crate) file: &'static str,
    /// The first place in it where this stands …
    pub(crate) find: &'static str,
    /// … is replaced by this.
    pub(crate) replace: &'static str,
    /// What stands in the line that is named.
    pub(crate) line: &'static str,
    /// What is said, in part.
    pub(crate) says: &'static str,
}

const fn case(
    name: &'static str,
    file: &'static str,
    find: &'static str,
    replace: &'static str,
    line: &'static str,
    says: &'static str,
) -> Case {
    Case { name, file, find, replace, line, says }
}

const SCENARIO: &str = "scenario.toml";
const NETWORK: &str = "network.toml";
const SIGNALS: &str = "signals.toml";
const PLAN: &str = "plans/plain.toml";
const DEMAND: &str = "demand.toml";
const ROADWORKS: &str = "roadworks.toml";
const CORRIDORS: &str = "corridors.toml";

/// A link whose shape is replaced.
const SHAPE: &str = "shape_m = [[-250.0, -1.9000000000000001], [-14.0, -1.9000000000000001]]";
/// The first movement, up to its turn.
const MOVEMENT: &str = "from = \"X0.0<East\"\nfrom_lane = 0\nto = \"X0.0>South\"\nto_lane = 0";
/// The first green of the plan.
const GREEN: &str = "from_s = 0\nto_s = 36";
/// The first flow, up to its ends.
const FLOW: &str = "from = \"X0.0<East\"\nto = \"X1.0>East\"";

/// The way of the first flow with a call at a stop that is not there.
const CALLS_NOWHERE: &str = "from = \"X0.0<East\"\nto = \"X1.0>East\"\nstops = [{ stop = \"nowhere\", dwell_mean_s = 20.0 }]";

/// All of them.
pub(crate) const CASES: &[Case] = &[
    // The frame.
    case("step of 0.3 s", SCENARIO, "step_s = 0.5", "step_s = 0.3", "step_s = 0.3", "does not divide a second"),
    case("step that is no number", SCENARIO, "step_s = 0.5", "step_s = nan", "step_s = nan", "does not divide a second"),
    case("step of nothing", SCENARIO, "step_s = 0.5", "step_s = 0.0", "step_s", "does not divide a second"),
    case("end before the beginning", SCENARIO, "end_s = 4500", "end_s = 3000", "end_s = 3000", "is empty or too long"),
    case("run of a year", SCENARIO, "end_s = 4500", "end_s = 31536000", "end_s", "is empty or too long"),
    case("warm-up before midnight", SCENARIO, "step_s", "warm_up_s = 3601\nstep_s", "warm_up_s = 3601", "before the day"),
    case("negative beginning", SCENARIO, "begin_s = 3600", "begin_s = -1", "begin_s = -1", "-1"),
    case("unknown default plan", SCENARIO, "\"plain\"", "\"fancy\"", "default_plan", "\"fancy\" does not exist"),
    case("unknown key of the frame", SCENARIO, "title", "titel", "titel", "unknown field `titel`"),
    case("key that is missing", SCENARIO, "name = \"toy\"\n", "", "", "missing field `name`"),
    case("schema of the future", SCENARIO, "schema = 1", "schema = 2", "schema = 2", "schema 2 is not known"),
    case("schema that is no number", NETWORK, "schema = 1", "schema = \"one\"", "schema", "schema number"),
    case("no schema", DEMAND, "schema = 1\n", "", "", "schema number is missing"),
    // The day plan.
    case("unknown plan of the day", SCENARIO, LAST, DAY_OF_NO_PLAN, "\"fancy\"", "\"fancy\" of the day plan does not exist"),
    case("switches out of order", SCENARIO, LAST, DAY_IN_DISORDER, "from_s = 60", "stands after that at 120 s"),
    case("two switches at once", SCENARIO, LAST, DAY_WITH_TWINS, "from_s = 60", "two switches at 60 s"),
    case("first switch after the beginning", SCENARIO, LAST, DAY_BEGINS_LATE, "from_s = 3601", "before the first switch"),
    case("switch after the day", SCENARIO, LAST, DAY_TOO_LONG, "from_s = 86400", "is not within a day"),
    case("unknown key of a switch", SCENARIO, LAST, DAY_WITH_UNTIL, "to_s", "unknown field `to_s`"),
    case("unknown transition", SCENARIO, "step_s = 0.5", NO_TRANSITION, "transition", "unknown variant `jump`"),
    // The network.
    case("signal that is not there", NETWORK, "signal = \"X0.0\"", "signal = \"X9\"", "\"X9\"", "signal \"X9\" does not exist"),
    case("signal control without a signal", NETWORK, "signal = \"X0.0\"\n", "", "name = \"X0.0\"", "does not go with its signal"),
    case("position that is infinite", NETWORK, "[0.0, 0.0]", "[inf, 0.0]", "name = \"X0.0\"", "no finite position"),
    case("position with three numbers", NETWORK, "[0.0, 0.0]", "[0.0, 0.0, 0.0]", "[0.0, 0.0, 0.0]", "3 values where 2 belong"),
    case("intersection twice", NETWORK, "\"X0.0-North\"", "\"X0.0\"", "name = \"X0.0\"", "stands twice"),
    case(
        "link from nowhere",
        NETWORK,
        "from = \"X0.0-West\"",
        "from = \"Z\"",
        "from = \"Z\"",
        "intersection \"Z\" does not exist",
    ),
    case("link twice", NETWORK, "name = \"X0.0<North\"", "name = \"X0.0<East\"", "name = \"X0.0<East\"", "stands twice"),
    case("empty shape", NETWORK, SHAPE, "shape_m = []", "name = \"X0.0<East\"", "has no shape"),
    case("shape of one point", NETWORK, SHAPE, "shape_m = [[1.0, 2.0]]", "name = \"X0.0<East\"", "has no shape"),
    case("shape without extent", NETWORK, SHAPE, "shape_m = [[1.0, 2.0], [1.0, 2.0]]", "name = \"X0.0<East\"", "has no shape"),
    case("shape off the earth", NETWORK, SHAPE, "shape_m = [[1e300, 0.0], [0.0, 0.0]]", "name = \"X0.0<East\"", "has no shape"),
    case("no length", NETWORK, "width_m = 3.2", "width_m = 3.2\nlength_m = 0.0", "name = \"X0.0<East\"", "is 0 m long"),
    case("lane as narrow as nothing", NETWORK, "width_m = 3.2", "width_m = -3.2", "name = \"X0.0<East\"", "is -3.2 m wide"),
    case("speed limit that is no number", NETWORK, "kmh = 50.0", "kmh = nan", "name = \"X0.0<East\"", "speed limit of NaN"),
    case("speed limit of nothing", NETWORK, "kmh = 50.0", "kmh = 0", "name = \"X0.0<East\"", "speed limit of 0"),
    case(
        "link without lanes",
        NETWORK,
        "speed_limit_kmh = 50.0\n\n[[link.lane]]\nwidth_m = 3.2\nshape_m = [[-250.0, -1.9000000000000001], [-14.0, -1.9000000000000001]]",
        "speed_limit_kmh = 50.0\nlane = []",
        "name = \"X0.0<East\"",
        "has no lane",
    ),
    case(
        "unknown vehicle class",
        NETWORK,
        "width_m = 3.2",
        "width_m = 3.2\nclasses = [\"hovercraft\"]",
        "hovercraft",
        "hovercraft",
    ),
    case("lane index out of range", NETWORK, "from_lane = 0", "from_lane = 7", "from = \"X0.0<East\"", "has no lane 7"),
    case(
        "movement of an unknown link",
        NETWORK,
        MOVEMENT,
        "from = \"Y\"\nfrom_lane = 0\nto = \"X0.0>South\"\nto_lane = 0",
        "from = \"Y\"",
        "link \"Y\" does not exist",
    ),
    case(
        "movement that leaves its intersection",
        NETWORK,
        MOVEMENT,
        "from = \"X0.0<East\"\nfrom_lane = 0\nto = \"X1.0>South\"\nto_lane = 0",
        "from = \"X0.0<East\"",
        "leaves its intersection",
    ),
    case("unknown group of a movement", NETWORK, "group = \"K1\"", "group = \"K7\"", "group = \"K7\"", "has no group \"K7\""),
    case(
        "yields to nobody",
        NETWORK,
        "yields_to = [\"X0.0<West_0",
        "yields_to = [\"X0.0<Up_0",
        "X0.0<Up_0",
        "does not exist at this",
    ),
    case(
        "waiting place beyond the movement",
        NETWORK,
        "waiting_m = 11.0",
        "waiting_m = 1100.0",
        "from = \"X0.0<East\"",
        "waits outside",
    ),
    case(
        "push button at an unknown crossing",
        NETWORK,
        "name = \"X0.0-East\"\ncrossing = \"X0.0-East\"",
        "name = \"X0.0-East\"\ncrossing = \"Z\"",
        "crossing = \"Z\"",
        "crossing \"Z\" does not exist",
    ),
    case(
        "push button at one of two crossings of a name",
        NETWORK,
        "name = \"X0.0-North\"\nintersection",
        "name = \"X0.0-East\"\nintersection",
        "crossing = \"X0.0-East\"",
        "several crossings are named \"X0.0-East\"",
    ),
    case("push button without a signal", NETWORK, "group = \"F2\"\n", "", "name = \"X0.0-East\"", "a crossing without a signal"),
    case(
        "push button twice",
        NETWORK,
        "name = \"X0.0-North\"\ncrossing",
        "name = \"X0.0-East\"\ncrossing",
        "name = \"X0.0-East\"",
        "push button \"X0.0-East\" stands twice",
    ),
    case(
        "detector off its lane",
        NETWORK,
        "position_m = 206.0",
        "position_m = 306.0",
        "name = \"X0.0<East_0\"",
        "does not lie on its lane",
    ),
    case("number with too many digits", NETWORK, "epsg = 0", "epsg = 99999999999999999999", "epsg", "99999999999999999999"),
    case("point with one number", NETWORK, SHAPE, "shape_m = [[-250.0], [1.0, 2.0]]", "[[-250.0]", "1 values where 2 belong"),
    // Signals.
    case("intergreens of three", SIGNALS, "[6, 6]", "[6, 6, 9]", "[6, 6, 9]", "3 values where 2 belong"),
    case("conflict of three", SIGNALS, "[\"K1\", \"K2\"]", "[\"K1\", \"K2\", \"K1\"]", "groups", "3 values where 2 belong"),
    case("group twice", SIGNALS, "name = \"K2\"", "name = \"K1\"", "name = \"K1\"", "group \"K1\" stands twice"),
    case(
        "most green that limits nothing",
        SIGNALS,
        "name = \"K1\"",
        "name = \"K1\"\nmax_green_percent = 100",
        "100",
        "group \"K1\" may be green for 100 % of the cycle, allowed are 1 to 99",
    ),
    case("signal twice", SIGNALS, "name = \"X1.0\"", "name = \"X0.0\"", "name = \"X0.0\"", "signal \"X0.0\" stands twice"),
    case("conflict with itself", SIGNALS, "[\"K1\", \"K2\"]", "[\"K1\", \"K1\"]", "[\"K1\", \"K1\"]", "are the same group"),
    case(
        "conflict of an unknown group",
        SIGNALS,
        "[\"K1\", \"K2\"]",
        "[\"K1\", \"K3\"]",
        "[\"K1\", \"K3\"]",
        "has no group \"K3\"",
    ),
    case(
        "incompatible without intergreen",
        SIGNALS,
        "intergreen_s = [6, 6]\n",
        "",
        "groups = [\"K1\", \"K2\"]",
        "have no intergreens",
    ),
    case("intergreen of an hour", SIGNALS, "[6, 6]", "[3600, 6]", "groups = [\"K1\", \"K2\"]", "above 600 s"),
    case("negative amber", SIGNALS, "amber_s = 3", "amber_s = -3", "amber_s = -3", "-3"),
    case("amber of an hour", SIGNALS, "amber_s = 3", "amber_s = 3600", "name = \"K1\"", "above 600 s"),
    case("unknown grade", SIGNALS, "\"incompatible\"", "\"perhaps\"", "perhaps", "perhaps"),
    case(
        "stage that joins incompatible groups",
        SIGNALS,
        "greens = [\"K1\", \"F1\"]",
        "greens = [\"K1\", \"K2\"]",
        "greens = [\"K1\", \"K2\"]",
        "joins K1 and K2, which are incompatible",
    ),
    case(
        "stage with an unknown group",
        SIGNALS,
        "greens = [\"K1\", \"F1\"]",
        "greens = [\"K9\", \"F1\"]",
        "greens = [\"K9\", \"F1\"]",
        "has no group \"K9\"",
    ),
    // Plans.
    case(
        "plan without its signal",
        PLAN,
        "name = \"X1.0\"",
        "name = \"X2.0\"",
        "name = \"X2.0\"",
        "signal \"X2.0\" does not exist",
    ),
    case("signal with two plans", PLAN, "name = \"X1.0\"", "name = \"X0.0\"", "name = \"X0.0\"", "has two plans"),
    case("unsafe plan: intergreen", PLAN, "to_s = 36", "to_s = 37", "name = \"X0.0\"", "but the intergreen is 6 s"),
    case("unsafe plan: both green", PLAN, GREEN, "from_s = 0\nto_s = 50", "name = \"X0.0\"", "both show green at second 42"),
    case("unsafe plan: short green", PLAN, GREEN, "from_s = 0\nto_s = 4", "name = \"X0.0\"", "its minimum green is 5 s"),
    case(
        "unsafe plan: never green",
        PLAN,
        "[[signal.green]]\ngroup = \"K1\"\nfrom_s = 0\nto_s = 36\n",
        "",
        "name = \"X0.0\"",
        "K1 never shows green",
    ),
    case("green outside the cycle", PLAN, "to_s = 36", "to_s = 81", "group = \"K1\"", "lies outside the cycle"),
    case("green of an unknown group", PLAN, "group = \"K1\"", "group = \"F9\"", "group = \"F9\"", "has no group \"F9\""),
    case("offset beyond the cycle", PLAN, "offset_s = 0", "offset_s = 80", "name = \"X0.0\"", "must be below the cycle of 80 s"),
    case("cycle of nothing", PLAN, "cycle_s = 80", "cycle_s = 0", "name = \"X0.0\"", "allowed are 10 s to 600 s"),
    case("cycle beyond its number", PLAN, "cycle_s = 80", "cycle_s = 70000", "cycle_s = 70000", "70000"),
    // Demand.
    case("unknown vehicle type", DEMAND, "type = \"car\"", "type = \"cart\"", "type = \"cart\"", "\"cart\" does not exist"),
    case("vehicle of no length", DEMAND, "class = \"car\"", "class = \"car\"\nlength_m = 0.0", "name = \"car\"", "length_m = 0"),
    case(
        "vehicle that never brakes",
        DEMAND,
        "class = \"car\"",
        "class = \"car\"\ndeceleration_m_per_s2 = nan",
        "name = \"car\"",
        "deceleration_m_per_s2 = NaN",
    ),
    case(
        "vehicle that brakes harder than it can",
        DEMAND,
        "class = \"car\"",
        "class = \"car\"\ndeceleration_m_per_s2 = 3.0\nemergency_deceleration_m_per_s2 = 2.5",
        "name = \"car\"",
        "brakes at 3 m/s² as a rule, and can at 2.5 m/s² only",
    ),
    case("negative flow", DEMAND, "flow_veh_per_h = 560.0", "flow_veh_per_h = -1.0", "type = \"car\"", "has -1 veh/h"),
    case("infinite flow", DEMAND, "flow_veh_per_h = 560.0", "flow_veh_per_h = inf", "type = \"car\"", "has inf veh/h"),
    case(
        "flow that ends before it begins",
        DEMAND,
        "end_s = 4500.0",
        "end_s = 3000.0",
        "type = \"car\"",
        "ends before it begins",
    ),
    case("shares that do not sum to 1", DEMAND, "share = 1.0", "share = 0.7", "type = \"car\"", "sum to 0.7"),
    case(
        "flow from an unknown link",
        DEMAND,
        FLOW,
        "from = \"A\"\nto = \"X1.0>East\"",
        "from = \"A\"",
        "link \"A\" does not exist",
    ),
    case(
        "ends that are not connected",
        DEMAND,
        FLOW,
        "from = \"X0.0>North\"\nto = \"X1.0>East\"",
        "type = \"car\"",
        "cannot get from",
    ),
    case("route that breaks", DEMAND, FLOW, "route = [\"X0.0<East\", \"X1.0>East\"]", "route =", "no movement from"),
    case(
        "both ends and a route",
        DEMAND,
        FLOW,
        "from = \"X0.0<East\"\nroute = [\"X0.0<East\"]",
        "type = \"car\"",
        "either from and to",
    ),
    case("flow without a number", DEMAND, "flow_veh_per_h = 560.0\n", "", "type = \"car\"", "needs either flow_veh_per_h or"),
    case(
        "flow with both kinds of number",
        DEMAND,
        "flow_veh_per_h = 560.0",
        "flow_veh_per_h = 560.0\nveh_per_quarter_h = [140]",
        "type = \"car\"",
        "needs either flow_veh_per_h or",
    ),
    case(
        "counts for another time",
        DEMAND,
        "flow_veh_per_h = 560.0",
        "veh_per_quarter_h = [140, 120]",
        "type = \"car\"",
        "has 2 counts of a quarter of an hour for 900 s",
    ),
    case("negative count", DEMAND, "flow_veh_per_h = 560.0", "veh_per_quarter_h = [-2]", "type = \"car\"", "has -8 veh/h"),
    case(
        "count that is no number",
        DEMAND,
        "flow_veh_per_h = 560.0",
        "veh_per_quarter_h = [nan]",
        "type = \"car\"",
        "has NaN veh/h",
    ),
    case(
        "platoons closer than they can be",
        DEMAND,
        "\"poisson\"",
        "\"platoon\"\nplatoon_spacing_s = 7",
        "type = \"car\"",
        "closer than its platoons",
    ),
    case(
        "platoon of nobody",
        DEMAND,
        "\"poisson\"",
        "\"platoon\"\nplatoon_mean_veh = 0.5",
        "type = \"car\"",
        "platoons of 0.5 vehicles",
    ),
    case(
        "platoons of a flow without any",
        DEMAND,
        "\"poisson\"",
        "\"poisson\"\nplatoon_mean_veh = 5",
        "type = \"car\"",
        "does not arrive in any",
    ),
    case(
        "people at an unknown crossing",
        DEMAND,
        "crossing = \"X0.0-East\"",
        "crossing = \"Z\"",
        "crossing = \"Z\"",
        "crossing \"Z\" does not exist",
    ),
    case(
        "fewer people than none",
        DEMAND,
        "forward_persons_per_h = 50.0",
        "forward_persons_per_h = -1.0",
        "crossing = \"X0.0-East\"",
        "has forward_persons_per_h = -1",
    ),
    case(
        "people who run",
        DEMAND,
        "forward_persons_per_h = 50.0",
        "speed_m_per_s = 9.0",
        "crossing = \"X0.0-East\"",
        "has speed_m_per_s = 9",
    ),
    case(
        "group of nobody",
        DEMAND,
        "forward_persons_per_h = 50.0",
        "group_mean_persons = 0.0",
        "crossing = \"X0.0-East\"",
        "has group_mean_persons = 0",
    ),
    case(
        "people who come before they go",
        DEMAND,
        "crossing = \"X0.0-East\"\nbegin_s = 3600.0",
        "crossing = \"X0.0-East\"\nbegin_s = 9000.0",
        "crossing = \"X0.0-East\"",
        "ends before it begins",
    ),
    case("unknown arrivals", DEMAND, "\"poisson\"", "\"sometimes\"", "sometimes", "sometimes"),
    // Roadworks and corridors.
    case(
        "roadwork on an unknown link",
        ROADWORKS,
        "link = \"X0.0>North\"",
        "link = \"Nowhere\"",
        "link = \"Nowhere\"",
        "does not exist",
    ),
    case("roadwork on an unknown lane", ROADWORKS, "lanes = [0]", "lanes = [0, 3]", "link = \"X0.0>North\"", "has lanes 0 to 0"),
    case(
        "roadwork that ends before it begins",
        ROADWORKS,
        "end_s = 7200",
        "end_s = 3600",
        "link = \"X0.0>North\"",
        "ends before it begins",
    ),
    case(
        "roadwork at walking pace",
        ROADWORKS,
        "speed_limit_kmh = 30",
        "speed_limit_kmh = 0.1",
        "link = \"X0.0>North\"",
        "a speed of 0.1",
    ),
    case("corridor of an unknown signal", CORRIDORS, "\"X1.0\"", "\"X5.0\"", "\"X5.0\"", "signal \"X5.0\" does not exist"),
    case("corridor of one signal", CORRIDORS, ", \"X1.0\"", "", "signals = [\"X0.0\"]", "fewer than two signals"),
    case("corridor that names a signal twice", CORRIDORS, "\"X1.0\"", "\"X0.0\"", "\"X0.0\", \"X0.0\"", "stands twice"),
    // Detectors that break.
    case(
        "fault of no detector",
        SCENARIO,
        "step_s = 0.5",
        "step_s = 0.5\nfault = [{ detector = \"none\", kind = \"dead\", from_s = 0.0, to_s = 9.0 }]",
        "none",
        "detector \"none\" does not exist",
    ),
    case(
        "fault that ends before it begins",
        SCENARIO,
        "step_s = 0.5",
        "step_s = 0.5\nfault = [{ detector = \"X0.0<East_0\", kind = \"stuck-on\", from_s = 9.0, to_s = 9.0 }]",
        "stuck-on",
        "ends before it begins",
    ),
    case("unknown kind of detector", NETWORK, "length_m = 2.0", "length_m = 2.0\nkind = \"radar\"", "radar", "unknown variant"),
    // Stops and calls.
    case("stop off its lane", NETWORK, "[[link]]", STOP_TOO_FAR, "name = \"far\"", "does not lie on its lane"),
    case("stop shorter than a bus door", NETWORK, "[[link]]", STOP_TOO_SHORT, "name = \"short\"", "is 2 m long"),
    case("stop that stands twice", NETWORK, "[[link]]", STOP_TWICE, "name = \"same\"", "stands twice"),
    case("stop at no lane", NETWORK, "[[link]]", STOP_OF_NO_LANE, "link = ", "has no lane 3"),
    case("call at no stop", DEMAND, FLOW, CALLS_NOWHERE, "nowhere", "stop \"nowhere\" does not exist"),
    case("dwell of a flow without stops", DEMAND, FLOW, DWELLS_NOWHERE, "type = ", "has a dwell, but no stops"),
    case("vehicle without brakes", DEMAND, "class = \"car\"", WITHOUT_BRAKES, "name = ", "emergency_deceleration_m_per_s2 = 0.1"),
];

/// The end of the frame, and day plans after it, each wrong in its own way.
const LAST: &str = "this is a toy\"]";
const DAY_OF_NO_PLAN: &str =
    "this is a toy\"]\n[[day_plan]]\nfrom_s = 0\nplan = \"plain\"\n[[day_plan]]\nfrom_s = 60\nplan = \"fancy\"\n";
const DAY_IN_DISORDER: &str = "this is a toy\"]\n[[day_plan]]\nfrom_s = 0\nplan = \"plain\"\n\
    [[day_plan]]\nfrom_s = 120\nplan = \"plain\"\n[[day_plan]]\nfrom_s = 60\nplan = \"plain\"\n";
const DAY_WITH_TWINS: &str =
    "this is a toy\"]\n[[day_plan]]\nfrom_s = 60\nplan = \"plain\"\n[[day_plan]]\nfrom_s = 60\nplan = \"plain\"\n";
const DAY_BEGINS_LATE: &str = "this is a toy\"]\n[[day_plan]]\nfrom_s = 3601\nplan = \"plain\"\n";
const DAY_TOO_LONG: &str =
    "this is a toy\"]\n[[day_plan]]\nfrom_s = 0\nplan = \"plain\"\n[[day_plan]]\nfrom_s = 86400\nplan = \"plain\"\n";
const DAY_WITH_UNTIL: &str = "this is a toy\"]\n[[day_plan]]\nfrom_s = 0\nto_s = 9\nplan = \"plain\"\n";
const NO_TRANSITION: &str = "step_s = 0.5\ntransition = \"jump\"";

/// Stops before the first link, each wrong in its own way.
const STOP_TOO_FAR: &str =
    "[[stop]]\nname = \"far\"\nlink = \"X0.0<East\"\nlane = 0\nposition_m = 900.0\nlength_m = 20.0\n[[link]]";
const STOP_TOO_SHORT: &str =
    "[[stop]]\nname = \"short\"\nlink = \"X0.0<East\"\nlane = 0\nposition_m = 90.0\nlength_m = 2.0\n[[link]]";
const STOP_TWICE: &str = "[[stop]]\nname = \"same\"\nlink = \"X0.0<East\"\nlane = 0\nposition_m = 90.0\nlength_m = 20.0\n\
    [[stop]]\nname = \"same\"\nlink = \"X0.0<East\"\nlane = 0\nposition_m = 50.0\nlength_m = 20.0\n[[link]]";
const STOP_OF_NO_LANE: &str =
    "[[stop]]\nname = \"lost\"\nlink = \"X0.0<East\"\nlane = 3\nposition_m = 90.0\nlength_m = 20.0\nbay = true\n[[link]]";
const DWELLS_NOWHERE: &str = "from = \"X0.0<East\"\nto = \"X1.0>East\"\ndwell_mean_s = 20.0";
const WITHOUT_BRAKES: &str = "class = \"car\"\nemergency_deceleration_m_per_s2 = 0.1";

/// Roadworks of the good scenario.
pub(crate) const GOOD_ROADWORKS: &str = r#"schema = 1

[[roadwork]]
name = "A pipe"
source = "assumed: a test"

[[roadwork.closure]]
link = "X0.0>North"
lanes = [0]
begin_s = 3600
end_s = 7200
speed_limit_kmh = 30
"#;

/// Corridors of the good scenario.
pub(crate) const GOOD_CORRIDORS: &str = r#"schema = 1

[[corridor]]
name = "East Street"
directions = ["eastbound", "westbound"]
signals = ["X0.0", "X1.0"]
"#;
