//! What is kept while there is no connection: alarms, aggregated statuses and reports, in order.

use crate::rsmp::message::{Alarm, Message};
use std::collections::VecDeque;

/// Messages that are kept. Source: RSMP core, at least 10,000.
const MOST: usize = 10_000;
/// Bytes that are kept; reports can be long.
const MOST_BYTES: usize = 32 << 20;

/// Messages in the order in which they came about; the oldest is lost first.
#[derive(Debug, Default)]
pub(super) struct Buffer {
    messages: VecDeque<(Message, usize)>,
    bytes: usize,
}

impl Buffer {
    /// Keeps a message from a time without a connection: the values of reports are old by the time they are sent.
    pub(super) fn keep(&mut self, mut message: Message) {
        if let Message::StatusUpdate(report) = &mut message {
            report.values.iter_mut().filter(|v| v.quality == "recent").for_each(|v| v.quality = "old".into());
        }
        self.append(message);
    }

    /// Puts a message behind those that have not been sent yet.
    pub(super) fn append(&mut self, message: Message) {
        let bytes = message.frame().len();
        self.messages.push_back((message, bytes));
        self.bytes += bytes;
        while self.messages.len() > MOST || self.bytes > MOST_BYTES {
            self.pop();
        }
    }

    /// The next one to be sent.
    pub(super) fn pop(&mut self) -> Option<Message> {
        let (message, bytes) = self.messages.pop_front()?;
        self.bytes -= bytes;
        Some(message)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.messages.is_empty()
    }

    /// Forgets alarms that say what has just been said. Source: RSMP core 3.2.2, communication establishment.
    pub(super) fn forget_said(&mut self, said: &[Alarm]) {
        let is_said =
            |a: &Alarm| said.iter().any(|s| (&s.component, &s.code, &s.at, &s.kind) == (&a.component, &a.code, &a.at, &a.kind));
        let (said, kept): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.messages).into_iter().partition(|(m, _)| matches!(m, Message::Alarm(a) if is_said(a)));
        self.bytes -= said.iter().map(|(_, bytes)| bytes).sum::<usize>();
        self.messages = kept.into();
    }
}
