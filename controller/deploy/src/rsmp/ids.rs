//! Message ids.

/// Makes the ids of messages, each a UUID of version 4, from a seed. They only have to differ.
#[derive(Debug, Clone)]
pub(crate) struct MessageIds {
    seed: u64,
    next: u64,
}

impl MessageIds {
    /// Ids of a seed; two ends and two sessions have to have different ones.
    pub(crate) const fn new(seed: u64) -> Self {
        Self { seed, next: 0 }
    }

    /// A new id.
    pub(crate) fn make(&mut self) -> String {
        let mut input = [0; 16];
        input[..8].copy_from_slice(&self.seed.to_le_bytes());
        input[8..].copy_from_slice(&self.next.to_le_bytes());
        self.next = self.next.wrapping_add(1);
        let hex = blake3::hash(&input).to_hex();
        let variant = ['8', '9', 'a', 'b'][(self.next % 4) as usize];
        format!("{}-{}-4{}-{variant}{}-{}", &hex[..8], &hex[8..12], &hex[12..15], &hex[15..18], &hex[18..30])
    }
}
