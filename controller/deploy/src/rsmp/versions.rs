//! Versions of the core and of the signal exchange list.

/// A version of the core.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "the variants are the versions, by their numbers")]
pub enum Core {
    V3_1_2,
    V3_1_3,
    V3_1_4,
    V3_1_5,
    V3_2_0,
    V3_2_1,
    V3_2_2,
    V3_3_0,
}

impl Core {
    /// All that are spoken, ascending.
    pub const ALL: [Self; 8] =
        [Self::V3_1_2, Self::V3_1_3, Self::V3_1_4, Self::V3_1_5, Self::V3_2_0, Self::V3_2_1, Self::V3_2_2, Self::V3_3_0];

    /// As it stands in messages.
    pub const fn name(self) -> &'static str {
        match self {
            Self::V3_1_2 => "3.1.2",
            Self::V3_1_3 => "3.1.3",
            Self::V3_1_4 => "3.1.4",
            Self::V3_1_5 => "3.1.5",
            Self::V3_2_0 => "3.2.0",
            Self::V3_2_1 => "3.2.1",
            Self::V3_2_2 => "3.2.2",
            Self::V3_3_0 => "3.3.0",
        }
    }

    /// How else it is written: 3.2.0 was first published as 3.2, and tools of that time compare words.
    pub(super) fn other_name(self) -> Option<&'static str> {
        (self == Self::V3_2_0).then_some("3.2")
    }

    /// The version of a name.
    pub fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|core| core.name() == name || core.other_name() == Some(name))
    }

    /// Whether sites list their components after their version, and lists are named beside their versions.
    pub(crate) fn lists_components(self) -> bool {
        self >= Self::V3_3_0
    }

    /// Whether a status can be wanted as soon as it changes and also again and again. Source: core 3.1.5.
    pub(crate) fn has_on_change(self) -> bool {
        self >= Self::V3_1_5
    }

    /// Whether the eight states of a site are booleans; before, they were text. Source: core 3.1.3.
    pub(crate) fn has_booleans(self) -> bool {
        self >= Self::V3_1_3
    }
}

/// A version of the signal exchange list of traffic light controllers (TLC).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "the variants are the versions, by their numbers")]
pub enum TlcList {
    #[default]
    V1_2_1,
    V1_3_0,
}

impl TlcList {
    /// Name of the list.
    pub const NAME: &str = "tlc";

    /// As it stands in messages.
    pub const fn name(self) -> &'static str {
        match self {
            Self::V1_2_1 => "1.2.1",
            Self::V1_3_0 => "1.3.0",
        }
    }

    /// The version of a name.
    pub fn of(name: &str) -> Option<Self> {
        [Self::V1_2_1, Self::V1_3_0].into_iter().find(|list| list.name() == name)
    }
}

/// Whether a supervisor knows the list: all of these have the commands and statuses that it uses, with values as text.
pub(super) fn is_list_known(version: &str) -> bool {
    matches!(version, "1.0.15" | "1.1.0" | "1.1" | "1.2.0" | "1.2" | "1.2.1" | "1.3.0" | "1.3")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_version_is_known_by_its_name() {
        for core in Core::ALL {
            assert_eq!(Core::of(core.name()), Some(core));
        }
        assert_eq!(Core::of("3.2"), Some(Core::V3_2_0));
        assert_eq!((Core::of("3.1.1"), Core::of("4.0.0"), Core::of("")), (None, None, None));
    }
}
