//! What a person has said and the agent has not read yet. Pure.

/// One message on its way.
#[derive(Debug, Clone, PartialEq)]
pub struct Waiting {
    pub id: u64,
    pub text: String,
    /// The newest entry of the journal when it was said.
    pub after: Option<u64>,
    /// Milliseconds since the Unix epoch.
    pub at: i64,
}

/// The messages on their way, oldest first.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Outbox {
    waiting: Vec<Waiting>,
    next: u64,
}

impl Outbox {
    pub fn waiting(&self) -> &[Waiting] {
        &self.waiting
    }

    /// A message goes out; the answer names it.
    pub fn send(&mut self, text: String, after: Option<u64>, at: i64) -> u64 {
        self.next += 1;
        self.waiting.push(Waiting { id: self.next, text, after, at });
        self.next
    }

    /// It could not be sent.
    pub fn failed(&mut self, id: u64) {
        self.waiting.retain(|waiting| waiting.id != id);
    }

    /// The agent has read this, which may be several messages together; `n` is the number of the entry.
    pub fn read(&mut self, n: u64, mut text: &str) {
        self.waiting.retain(|waiting| {
            if waiting.after.is_some_and(|after| n <= after) {
                return true;
            }
            match text.find(waiting.text.as_str()) {
                Some(place) => {
                    text = text.get(place + waiting.text.len()..).unwrap_or_default();
                    false
                }
                None => true,
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(outbox: &Outbox) -> Vec<&str> {
        outbox.waiting().iter().map(|waiting| waiting.text.as_str()).collect()
    }

    #[test]
    fn messages_wait_until_the_agent_has_read_them() {
        let mut outbox = Outbox::default();
        for text in ["stop", "go on", "stop"] {
            outbox.send(text.to_owned(), Some(5), 0);
        }
        outbox.read(5, "stop");
        assert_eq!(texts(&outbox), ["stop", "go on", "stop"], "that one was said before");
        outbox.read(7, "stop\n\ngo on");
        assert_eq!(texts(&outbox), ["stop"], "two were read together, and the third not yet");
        outbox.read(9, "from elsewhere");
        assert_eq!(texts(&outbox), ["stop"]);
    }

    #[test]
    fn what_could_not_be_sent_does_not_wait() {
        let mut outbox = Outbox::default();
        let id = outbox.send("hello".to_owned(), None, 0);
        outbox.failed(id);
        assert!(outbox.waiting().is_empty());
    }
}
