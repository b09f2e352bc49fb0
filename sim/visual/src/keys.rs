//! Every key and what it does: one list for the help and for people who read the code.

/// Keys and their meaning, in the order of the help.
pub(crate) const KEYS: [(&str, &str); 12] = [
    ("Space", "run, pause"),
    (".", "one step on"),
    ("Shift .", "one second on"),
    ("[  ]  or  Page Down, Page Up", "slower, faster: 1× 2× 5× 10× 60× max"),
    ("Wheel  or  +  -", "zoom"),
    ("Drag  or  arrows  or  W A S D", "move the map"),
    ("Home", "the whole network"),
    ("L", "legend"),
    ("F12", "picture into the current folder"),
    ("?  or  F1", "this help"),
    ("Esc", "close the help, or leave"),
    ("Q", "leave"),
];
