//! A history of submissions through a table that fails a third of the time, checked against what is stored.

use std::collections::BTreeMap;
use std::sync::Arc;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::Value;
use tokio::task::JoinSet;
use uuid::Uuid;
use zhitiao_local::Effect;
use zhitiao_tests::{Answer, World};

use super::support::{district, fault, numbered, persist};

const SUBMISSIONS: usize = 300;

/// Clients that submit at the same time.
const CLIENTS: usize = 8;

/// What a client knows of its submission in the end.
#[derive(Debug)]
struct Submission {
    text: String,
    phone: Option<String>,
    /// The number from every acknowledgment; the first one is missing when the client gave up.
    numbers: Vec<String>,
}

/// What became of a submission, and what the table must therefore hold.
fn check(submissions: &[Submission], world: &World) -> Vec<String> {
    let mut stored: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for head in world.heads() {
        let text = |name: &str| head[name].as_str().unwrap_or_default().to_owned();
        let id = text("pk").split('#').nth(1).unwrap_or_default().to_owned();
        stored.entry(text("s") + &text("t")).or_default().push(id);
    }
    let phones: BTreeMap<String, Value> = world
        .stored()
        .into_iter()
        .filter_map(|item| {
            let id = item["pk"].as_str()?.strip_prefix("shinan#CONTACT#")?;
            Some((id.to_owned(), item["phone"].clone()))
        })
        .collect();
    let mut faults = Vec::new();
    for submission in submissions {
        let found = stored.remove(&submission.text).unwrap_or_default();
        if found.len() > 1 {
            faults.push(format!("twice: {submission:?} {found:?}"));
        }
        for number in &submission.numbers {
            let id = number.replace('-', "")[..8].to_owned();
            if !found.contains(&id) {
                faults.push(format!("lost: {submission:?}"));
            } else if phones.get(&id).and_then(Value::as_str) != submission.phone.as_deref() {
                faults.push(format!("another contact: {submission:?}"));
            }
        }
    }
    faults.extend(stored.into_keys().map(|text| format!("nobody's: {text}")));
    faults
}

/// Seeded: the same seed gives the same submissions and faults, though not the same interleaving.
struct Dice(StdRng);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0.random_range(0..limit)
    }

    fn one_in(&mut self, chances: usize) -> bool {
        self.below(chances) == 0
    }

    /// Mostly effects that leave open whether the write landed; hangs cost a second each and are rare.
    fn effect(&mut self) -> (Effect, u32) {
        let times = if self.one_in(3) { 3 } else { 1 };
        match self.below(16) {
            0 => (Effect::Hang, 1),
            1 => (Effect::HangAfter, 1),
            2 | 3 => (Effect::Conflict, times),
            4 | 5 => (Effect::Throttle, times),
            6 | 7 => (Effect::Refuse, times),
            8 => (Effect::Drop, times),
            9..=12 => (Effect::FailAfter, times),
            _ => (Effect::DropAfter, times),
        }
    }
}

/// One client: submits, with faults in its way, and sometimes again when it already has its answer.
async fn client(world: Arc<World>, client: usize) -> Vec<Submission> {
    let mut dice = Dice(StdRng::seed_from_u64(client as u64));
    let mut submissions = Vec::new();
    for round in 0..SUBMISSIONS / CLIENTS {
        let number = client * SUBMISSIONS + round;
        submissions.push(submission(&world, number, &mut dice).await);
    }
    submissions
}

async fn submission(world: &World, number: usize, dice: &mut Dice) -> Submission {
    let with_contact = dice.one_in(3);
    let body = numbered(number, with_contact);
    if !dice.one_in(3) {
        let operation = if with_contact {
            "TransactWriteItems"
        } else {
            "PutItem"
        };
        let fault = fault("report-intake", operation, dice.effect());
        world.cloud.faults().add(fault);
    }
    let (key, anyone) = (Uuid::new_v4(), world.anyone());
    let submit = || persist(&anyone, "/v1/reports", key, &body);
    let mut answers = if dice.one_in(5) {
        // A double tap: both at once.
        let (one, two) = tokio::join!(submit(), submit());
        vec![one, two]
    } else {
        vec![submit().await]
    };
    if dice.one_in(5) {
        answers.push(submit().await);
    }
    let number = |answer: Answer| {
        assert!(answer.status.is_success(), "{}", answer.body);
        answer.body["number"].as_str().unwrap().to_owned()
    };
    Submission {
        text: body["text"].as_str().unwrap().to_owned(),
        phone: body["contact"]["phone"].as_str().map(str::to_owned),
        numbers: answers.into_iter().flatten().map(number).collect(),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_acknowledged_is_lost_or_doubled_when_a_third_of_the_writes_fails() {
    let world = Arc::new(district().await);
    world.cloud.recorder().set(true);
    let clients: JoinSet<_> = (0..CLIENTS)
        .map(|number| client(Arc::clone(&world), number))
        .collect();
    let submissions: Vec<_> = clients.join_all().await.into_iter().flatten().collect();
    world.cloud.faults().clear();
    world.settle().await;

    let faults = check(&submissions, &world);
    assert!(faults.is_empty(), "{faults:#?}");
    let acknowledged = submissions.iter().filter(|one| !one.numbers.is_empty());
    assert!(acknowledged.count() > submissions.len() * 9 / 10);
    let writes = world.cloud.recorder().take();
    let (failed, all) = failed_writes(&writes);
    assert!(failed * 3 >= all, "only {failed} of {all} writes failed");
}

/// How many writes of the intake met a fault, and how many there were.
fn failed_writes(calls: &[zhitiao_local::Call]) -> (usize, usize) {
    let writes: Vec<_> = calls
        .iter()
        .filter(|call| call.caller.as_deref() == Some("report-intake"))
        .filter(|call| call.operation != "Query")
        .collect();
    let failed = writes.iter().filter(|call| {
        let text = call.response.to_string();
        call.status == 0
            || text.contains("injected")
            || text.contains("TransactionConflict")
            || text.contains("Throttling")
    });
    (failed.count(), writes.len())
}
