//! Versions of the core and of the signal exchange list.

/// A version of the core.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Core {
    /// 3.1.5.
    V3_1_5,
    /// 3.2.0.
    V3_2_0,
    /// 3.2.1.
    V3_2_1,
    /// 3.2.2.
    V3_2_2,
}

impl Core {
    /// All that are spoken, ascending.
    pub const ALL: [Self; 4] = [Self::V3_1_5, Self::V3_2_0, Self::V3_2_1, Self::V3_2_2];

    /// As it stands in messages.
    pub const fn name(self) -> &'static str {
        match self {
            Self::V3_1_5 => "3.1.5",
            Self::V3_2_0 => "3.2.0",
            Self::V3_2_1 => "3.2.1",
            Self::V3_2_2 => "3.2.2",
        }
    }
}

/// The list of traffic light controllers that the virtual one follows.
pub const TLC_LIST: &str = "1.2.1";

/// The highest version that both ends speak.
pub(super) fn common<'a>(own: &[Core], offered: impl Iterator<Item = &'a str>) -> Option<Core> {
    offered.filter_map(|name| own.iter().find(|c| c.name() == name)).max().copied()
}

/// Whether the list has the commands and statuses of TLC 1.2.1 in its form: values as text.
pub(super) fn is_list_known(version: &str) -> bool {
    matches!(version, "1.0.15" | "1.1.0" | "1.1" | "1.2.0" | "1.2" | "1.2.1")
}
