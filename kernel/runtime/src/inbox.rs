//! What an agent is told, as journal entries: what people say together, what another agent says in an entry of its own.

use aether_protocol::domains::agent::{UserMessage, event};
use aether_protocol::domains::ipc;
use aether_protocol::{Event, Pid};

use crate::context;
use crate::entry::Entry;
use crate::run::Record;

/// Characters of a message that people see as a thought of its receiver.
const SHOWN: usize = 100;

/// The entries for these messages, in their order. An agent's message leaves its queue with its entry.
pub(crate) fn entries(pid: Pid, messages: Vec<UserMessage>) -> Vec<Record> {
    let mut records: Vec<Record> = Vec::new();
    let mut with_person = false;
    for message in messages {
        let events = events(pid, &message);
        let of_person = message.from.is_none();
        match records.last_mut() {
            Some((Entry::Messages { messages }, _, told)) if with_person && of_person => {
                messages.push(message);
                told.extend(events);
            }
            _ => records.push((Entry::Messages { messages: vec![message] }, Vec::new(), events)),
        }
        with_person = of_person;
    }
    records
}

fn events(pid: Pid, message: &UserMessage) -> Vec<Event> {
    let said = context::brief(&message.content, SHOWN);
    match &message.from {
        None => vec![event::Thought { pid, thought: format!("Message from the person: {said}") }.into()],
        Some(from) => {
            let thought = format!("Received message from PID {} ({}): \"{said}\"", from.pid, from.pid.uid());
            let delivered = ipc::event::Delivered { messageId: from.message_id.clone(), toPid: pid };
            vec![delivered.into(), event::Thought { pid, thought }.into()]
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aether_protocol::domains::ipc::Sender;

    #[test]
    fn what_an_agent_says_is_never_in_one_entry_with_what_a_person_says() {
        let message = |id, from: Option<u64>| UserMessage {
            id,
            content: format!("said {id}"),
            timestamp: id,
            from: from.map(|pid| Sender { message_id: format!("msg_{id}"), pid: Pid(pid), channel: "chat".into() }),
        };
        let said = [(1, None), (2, None), (3, Some(7)), (4, Some(7)), (5, None)];
        let records = entries(Pid(9), said.into_iter().map(|(id, from)| message(id, from)).collect());
        let of = |entry: &Entry| match entry {
            Entry::Messages { messages } => messages.iter().map(|message| message.id).collect::<Vec<_>>(),
            _ => Vec::new(),
        };
        let (ids, told): (Vec<_>, Vec<_>) = records.iter().map(|(entry, _, events)| (of(entry), events.len())).unzip();
        assert_eq!((ids, told), (vec![vec![1, 2], vec![3], vec![4], vec![5]], vec![2, 2, 2, 1]));
        let delivered = ipc::event::Delivered { messageId: "msg_3".to_owned(), toPid: Pid(9) };
        assert_eq!(records[1].2[0].json(), Event::from(delivered).json());
    }
}
