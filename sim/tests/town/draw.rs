//! Draws of a town: each has its own key, so that leaving one thing out leaves the others as they are.

/// What a town may have besides straight streets, cars and signs. A case that fails is tried without each of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Feature {
    /// Arms at other angles than right ones.
    Angles,
    /// Streets that are missing, so that tees and bends are left.
    Gaps,
    OneWays,
    /// Numbers of lanes that differ from street to street, and change on the way.
    Lanes,
    /// Streets of 10 m, at 30 km/h or less.
    Short,
    Signals,
    /// Signals that a wilful controller asks for greens at random.
    Wilful,
    ProtectedLefts,
    /// Places to wait inside intersections.
    Waiting,
    UTurns,
    /// Who yields to whom drawn at random.
    OddYields,
    People,
    Stops,
    Long,
    Trams,
    Bicycles,
    Krauss,
    /// Drivers of all kinds: braking, gaps and speeds of their own.
    Drivers,
    Platoons,
    Overload,
    Choice,
    Faults,
    /// Everyone enters on the rightmost lane.
    FirstLane,
    /// Steps other than half a second.
    Steps,
    /// Lanes on which cars pass bicycles.
    WideLanes,
    /// Lanes and links that are closed for a time.
    Works,
}

impl Feature {
    pub(crate) const ALL: [Self; 26] = [
        Self::Angles,
        Self::Gaps,
        Self::OneWays,
        Self::Lanes,
        Self::Short,
        Self::Signals,
        Self::Wilful,
        Self::ProtectedLefts,
        Self::Waiting,
        Self::UTurns,
        Self::OddYields,
        Self::People,
        Self::Stops,
        Self::Long,
        Self::Trams,
        Self::Bicycles,
        Self::Krauss,
        Self::Drivers,
        Self::Platoons,
        Self::Overload,
        Self::Choice,
        Self::Faults,
        Self::FirstLane,
        Self::Steps,
        Self::WideLanes,
        Self::Works,
    ];
}

/// A case: a town and its traffic follow from these numbers alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Case {
    pub(crate) seed: u64,
    /// Features left out, one bit for each.
    pub(crate) without: u32,
}

impl Case {
    pub(crate) fn of(seed: u64) -> Self {
        Self { seed, without: 0 }
    }

    pub(crate) fn less(self, feature: Feature) -> Self {
        Self { without: self.without | 1 << feature as u32, ..self }
    }

    /// Whether the case has a feature: with a probability, unless it is left out.
    pub(crate) fn has(self, feature: Feature, chance: f64) -> bool {
        self.without & (1 << feature as u32) == 0 && self.draw(900 + feature as u64).chance(chance)
    }

    /// The draws of a key.
    pub(crate) fn draw(self, key: u64) -> Draw {
        Draw(self.seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ key.wrapping_mul(0xd1b5_4a32_d192_ed03))
    }
}

/// A row of random numbers.
///
/// Source: `SplitMix64`: Steele, Lea, Flood, OOPSLA 2014.
#[derive(Debug, Clone)]
pub(crate) struct Draw(u64);

impl Draw {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// From 0 to below 1.
    pub(crate) fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    pub(crate) fn between(&mut self, low: f64, high: f64) -> f64 {
        // Tenths are enough, and easier to read in a failing case.
        ((low + (high - low) * self.unit()) * 10.0).round() / 10.0
    }

    /// From `low` to `high`, both included.
    pub(crate) fn whole(&mut self, low: usize, high: usize) -> usize {
        low + (self.next() % (high - low + 1) as u64) as usize
    }

    pub(crate) fn chance(&mut self, chance: f64) -> bool {
        self.unit() < chance
    }

    pub(crate) fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.whole(0, from.len() - 1)]
    }
}
