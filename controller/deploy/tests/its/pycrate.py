"""Holds our SPATEM and MAPEM against another program, pycrate 0.8.1 (pip install pycrate==0.8.1).

    python pycrate.py samples 500 1 > samples.txt    messages of random values of what is read here, a line each
    python pycrate.py check FILE...                  decodes files of bytes, encodes them again, compares
"""

import random
import sys

import pycrate_asn1dir.ITS_IS as ITS

MODULES = ITS.GLOBAL.MOD
SPATEM = MODULES["SPATEM-PDU-Descriptions"]["SPATEM"]
MAPEM = MODULES["MAPEM-PDU-Descriptions"]["MAPEM"]
FORMS = [10, 11, 12, 13, 14, 16]


def number(low, high):
    """A number of a range, its ends more often than others."""
    return random.choice([low, high, random.randint(low, high), random.randint(low, high)])


def name():
    return "".join(chr(random.randint(32, 126)) for _ in range(number(1, 63)))


def some(entries):
    """Of entries that may be left out some; the others all."""
    return {key.rstrip("?"): make() for key, make in entries.items() if not key.endswith("?") or random.random() < 0.5}


def several(make, most):
    return [make() for _ in range(random.choice([1, 1, 2, random.randint(1, most)]))]


def bits(count):
    return (random.getrandbits(count), count)


def header(message):
    return {"protocolVersion": number(0, 255), "messageID": message, "stationID": number(0, 2**32 - 1)}


def reference():
    return some({"region?": lambda: number(0, 65535), "id": lambda: number(0, 65535)})


def mark():
    return number(0, 36001)


def timing():
    return some({
        "startTime?": mark, "minEndTime": mark, "maxEndTime?": mark, "likelyTime?": mark,
        "confidence?": lambda: number(0, 15), "nextTime?": mark,
    })


SPEED_CONFIDENCES = ["unavailable", "prec100ms", "prec10ms", "prec5ms", "prec1ms", "prec0-1ms", "prec0-05ms", "prec0-01ms"]


def speed():
    return some({
        "type": lambda: random.choice(["none", "greenwave", "ecoDrive", "transit"]),
        "speed?": lambda: number(0, 500), "confidence?": lambda: random.choice(SPEED_CONFIDENCES),
        "distance?": lambda: number(0, 10000), "class?": lambda: number(0, 255),
    })


SHOWN = [
    "unavailable", "dark", "stop-Then-Proceed", "stop-And-Remain", "pre-Movement", "permissive-Movement-Allowed",
    "protected-Movement-Allowed", "permissive-clearance", "protected-clearance", "caution-Conflicting-Traffic",
]


def event():
    return some({"eventState": lambda: random.choice(SHOWN), "timing?": timing, "speeds?": lambda: several(speed, 16)})


def group():
    return some({
        "movementName?": name, "signalGroup": lambda: number(0, 255), "state-time-speed": lambda: several(event, 16),
    })


def state():
    return some({
        "name?": name, "id": reference, "revision": lambda: number(0, 127), "status": lambda: bits(16),
        "moy?": lambda: number(0, 527040), "timeStamp?": lambda: number(0, 65535), "states": lambda: several(group, 5),
    })


def spatem():
    spat = some({"timeStamp?": lambda: number(0, 527040), "name?": name, "intersections": lambda: several(state, 3)})
    return {"header": header(4), "spat": spat}


def node():
    form = random.randrange(6)
    half = 1 << (FORMS[form] - 1)
    x, y = number(-half, half - 1), number(-half, half - 1)
    # Always the shortest form that holds both.
    shortest = next(i for i, b in enumerate(FORMS) if all(-(1 << (b - 1)) <= v < 1 << (b - 1) for v in (x, y)))
    return {"delta": (f"node-XY{shortest + 1}", {"x": x, "y": y})}


def connection():
    lane = some({"lane": lambda: number(0, 255), "maneuver?": lambda: bits(12)})
    return some({
        "connectingLane": lambda: lane, "remoteIntersection?": reference, "signalGroup?": lambda: number(0, 255),
        "userClass?": lambda: number(0, 255), "connectionID?": lambda: number(0, 255),
    })


KINDS = ["vehicle", "crosswalk", "bikeLane", "sidewalk", "median", "striping", "trackedVehicle", "parking"]


def attributes():
    kind = random.choice(KINDS)
    return {"directionalUse": bits(2), "sharedWith": bits(10), "laneType": (kind, bits(8 if kind == "vehicle" else 16))}


def lane():
    return some({
        "laneID": lambda: number(0, 255), "name?": name, "ingressApproach?": lambda: number(0, 15),
        "egressApproach?": lambda: number(0, 15), "laneAttributes": attributes, "maneuvers?": lambda: bits(12),
        "nodeList": lambda: ("nodes", [node() for _ in range(random.choice([2, 3, random.randint(2, 63)]))]),
        "connectsTo?": lambda: several(connection, 16),
    })


LIMITS = [
    "unknown", "maxSpeedInSchoolZone", "maxSpeedInSchoolZoneWhenChildrenArePresent", "maxSpeedInConstructionZone",
    "vehicleMinSpeed", "vehicleMaxSpeed", "vehicleNightMaxSpeed", "truckMinSpeed", "truckMaxSpeed", "truckNightMaxSpeed",
    "vehiclesWithTrailersMinSpeed", "vehiclesWithTrailersMaxSpeed", "vehiclesWithTrailersNightMaxSpeed",
]


def limit():
    return {"type": random.choice(LIMITS), "speed": number(0, 8191)}


def geometry():
    place = some({
        "lat": lambda: number(-900000000, 900000001), "long": lambda: number(-1800000000, 1800000001),
        "elevation?": lambda: number(-4096, 61439),
    })
    return some({
        "name?": name, "id": reference, "revision": lambda: number(0, 127), "refPoint": lambda: place,
        "laneWidth?": lambda: number(0, 32767), "speedLimits?": lambda: several(limit, 9), "laneSet": lambda: several(lane, 4),
    })


LAYERS = [
    "none", "mixedContent", "generalMapData", "intersectionData", "curveData", "roadwaySectionData", "parkingAreaData", "sharedLaneData",
]


def mapem():
    data = some({
        "timeStamp?": lambda: number(0, 527040), "msgIssueRevision": lambda: number(0, 127),
        "layerType?": lambda: random.choice(LAYERS), "layerID?": lambda: number(0, 100),
        "intersections?": lambda: several(geometry, 2),
    })
    return {"header": header(5), "map": data}


def samples(count, seed):
    random.seed(seed)
    for make, message in ((spatem, SPATEM), (mapem, MAPEM)):
        for _ in range(count):
            message.set_val(make())
            print(message.to_uper().hex())


def check(files):
    for file in files:
        with open(file, "rb") as opened:
            given = opened.read()
        message = SPATEM if given[1] == 4 else MAPEM
        message.from_uper(given)
        value = message.get_val()
        message.set_val(value)
        again = message.to_uper()
        if again != given:
            sys.exit(f"{file}: encoded again it is another message")
    print(f"{len(files)} files are the same")


if __name__ == "__main__":
    if sys.argv[1] == "samples":
        samples(int(sys.argv[2]), int(sys.argv[3]))
    else:
        check(sys.argv[2:])
