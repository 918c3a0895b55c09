//! SQS: standard queues that outlive a kill, by the moved clock.
//!
//! A message is hidden while it is delayed or received, and comes again when its time is over: at least once, in no
//! promised order. The endpoint is in [`api`], what Lambda does with a queue in [`event_source`].

pub(crate) mod api;
pub(crate) mod event_source;

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::{Connection, OptionalExtension, Row, named_params};
use serde_json::Value;
use tokio::sync::Notify;
use uuid::Uuid;

use crate::clock::Clock;
use crate::resources::QueueProps;

/// What every record of an event carries beside its body, counted generously.
const ENVELOPE: u32 = 1024;

const SCHEMA: &str = "
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = NORMAL;
    CREATE TABLE IF NOT EXISTS messages (
        position INTEGER PRIMARY KEY AUTOINCREMENT,
        queue TEXT NOT NULL,
        id TEXT NOT NULL,
        sender TEXT NOT NULL,
        body TEXT NOT NULL,
        sent_at INTEGER NOT NULL,
        visible_at INTEGER NOT NULL,
        receives INTEGER NOT NULL DEFAULT 0,
        first_received_at INTEGER,
        receipt TEXT,
        source TEXT
    );
    CREATE INDEX IF NOT EXISTS by_queue ON messages (queue, visible_at);
";

/// The oldest visible messages of a queue, as many as fit into the number and the size that are wanted.
const RECEIVE: &str = "
    UPDATE messages SET
        receives = receives + 1,
        visible_at = :now + :hidden,
        first_received_at = COALESCE(first_received_at, :now),
        receipt = LOWER(HEX(RANDOMBLOB(16)))
    WHERE position IN (
        SELECT position FROM (
            SELECT position,
                ROW_NUMBER() OVER (ORDER BY position) AS number,
                SUM(LENGTH(CAST(JSON_QUOTE(body) AS BLOB)) + :envelope) OVER (ORDER BY position) AS size
            FROM messages WHERE queue = :queue AND visible_at <= :now
            ORDER BY position LIMIT :wanted
        ) WHERE number = 1 OR size <= :size
    )
    RETURNING position, id, sender, body, sent_at, receives, first_received_at, receipt, source
";

/// A queue of the template.
#[derive(Debug)]
pub(crate) struct Queue {
    pub(crate) logical: String,
    pub(crate) name: String,
    pub(crate) arn: String,
    pub(crate) url: String,
    pub(crate) rules: QueueProps,
}

/// A message that was received.
#[derive(Debug)]
pub(crate) struct Message {
    position: i64,
    pub(crate) id: String,
    pub(crate) sender: String,
    pub(crate) body: String,
    /// Milliseconds of the moved clock, here and below.
    pub(crate) sent_at: i64,
    pub(crate) receives: u32,
    pub(crate) first_received_at: i64,
    pub(crate) receipt: String,
    /// The ARN of the queue that gave the message up.
    pub(crate) source: Option<String>,
}

/// All queues.
#[derive(Debug)]
pub(crate) struct Sqs {
    queues: Vec<Arc<Queue>>,
    messages: Mutex<Connection>,
    clock: Arc<Clock>,
    /// Wakes those who wait for a message.
    pub(crate) changed: Notify,
}

impl Sqs {
    pub(crate) fn open(
        queues: Vec<Queue>,
        file: &Path,
        clock: Arc<Clock>,
    ) -> rusqlite::Result<Self> {
        let messages = Connection::open(file)?;
        messages.execute_batch(SCHEMA)?;
        Ok(Self {
            queues: queues.into_iter().map(Arc::new).collect(),
            messages: messages.into(),
            clock,
            changed: Notify::new(),
        })
    }

    pub(crate) fn all(&self) -> &[Arc<Queue>] {
        &self.queues
    }

    pub(crate) fn by_arn(&self, arn: &str) -> Option<&Arc<Queue>> {
        self.queues.iter().find(|queue| queue.arn == arn)
    }

    pub(crate) fn by_logical(&self, logical: &str) -> Option<&Arc<Queue>> {
        self.queues.iter().find(|queue| queue.logical == logical)
    }

    /// The queue behind a URL, of which the last part counts, or a name.
    pub(crate) fn by_url(&self, url: &str) -> Option<&Arc<Queue>> {
        let name = url.rsplit('/').next()?;
        self.queues.iter().find(|queue| queue.name == name)
    }

    /// What AWS itself sends: an event that failed for good.
    pub(crate) fn send_event(&self, arn: &str, event: &Value) {
        let Some(queue) = self.by_arn(arn) else {
            return;
        };
        let sent = self.send(queue, "aws", &[(event.to_string(), None)]);
        if let Err(error) = sent {
            tracing::error!(queue = queue.name, %error, "a message could not be written");
        }
    }

    /// Stores bodies with their delays in seconds, all or none, and answers the messages' ids.
    fn send(
        &self,
        queue: &Queue,
        sender: &str,
        bodies: &[(String, Option<i64>)],
    ) -> rusqlite::Result<Vec<String>> {
        let now = self.now();
        let mut messages = self.lock();
        let transaction = messages.transaction()?;
        let mut ids = Vec::new();
        for (body, delay) in bodies {
            let id = Uuid::new_v4().to_string();
            let delay = delay.unwrap_or(queue.rules.delay_seconds);
            transaction.execute(
                "INSERT INTO messages (queue, id, sender, body, sent_at, visible_at) VALUES (?, ?, ?, ?, ?, ?)",
                (&queue.name, &id, sender, body, now, now + delay * 1000),
            )?;
            ids.push(id);
        }
        transaction.commit()?;
        self.changed.notify_waiters();
        Ok(ids)
    }

    /// Takes the oldest visible messages and hides them for some seconds. What was received too often goes to the
    /// dead letters instead, with its id and its age.
    fn receive(
        &self,
        queue: &Queue,
        wanted: u32,
        size: u32,
        hidden: i64,
    ) -> rusqlite::Result<Vec<Message>> {
        let now = self.now();
        let mut messages = self.lock();
        let transaction = messages.transaction()?;
        forget(&transaction, queue, now)?;
        if let Some(redrive) = &queue.rules.redrive_policy
            && let Some(dead_letters) = self.by_arn(&redrive.dead_letter_target_arn)
        {
            transaction.execute(
                "UPDATE messages SET queue = :to, source = :arn, visible_at = :now, receipt = NULL
                 WHERE queue = :from AND visible_at <= :now AND receives >= :most",
                named_params! {
                    ":to": dead_letters.name, ":arn": queue.arn, ":now": now,
                    ":from": queue.name, ":most": redrive.max_receive_count,
                },
            )?;
        }
        let mut received = transaction
            .prepare(RECEIVE)?
            .query_map(
                named_params! {
                    ":queue": queue.name, ":now": now, ":hidden": hidden * 1000,
                    ":wanted": wanted, ":envelope": ENVELOPE, ":size": size,
                },
                message,
            )?
            .collect::<Result<Vec<_>, _>>()?;
        transaction.commit()?;
        received.sort_by_key(|message| message.position);
        Ok(received)
    }

    /// Deletes what was received under a receipt. A receipt that was overtaken by a later one deletes nothing.
    fn delete(&self, queue: &Queue, receipt: &str) -> rusqlite::Result<()> {
        let sql = "DELETE FROM messages WHERE queue = ? AND receipt = ?";
        self.lock().execute(sql, (&queue.name, receipt)).map(drop)
    }

    /// Hides a received message for some seconds from now; `false` when it is not hidden any more.
    fn hide(&self, queue: &Queue, receipt: &str, seconds: i64) -> rusqlite::Result<bool> {
        let now = self.now();
        let changed = self.lock().execute(
            "UPDATE messages SET visible_at = ? WHERE queue = ? AND receipt = ? AND visible_at > ?",
            (now + seconds * 1000, &queue.name, receipt, now),
        )?;
        self.changed.notify_waiters();
        Ok(changed > 0)
    }

    /// How many messages are visible, hidden by a receipt, and delayed.
    fn counts(&self, queue: &Queue) -> rusqlite::Result<(i64, i64, i64)> {
        self.lock().query_row(
            "SELECT COALESCE(SUM(visible_at <= :now), 0), COALESCE(SUM(visible_at > :now AND receipt IS NOT NULL), 0),
                    COALESCE(SUM(visible_at > :now AND receipt IS NULL), 0)
             FROM messages WHERE queue = :queue",
            named_params! { ":now": self.now(), ":queue": queue.name },
            |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
        )
    }

    /// Whether messages can be taken now: as many as a batch holds, or one that has waited for a batch to fill up.
    fn is_ready(&self, queue: &Queue, batch: u32, window: i64) -> rusqlite::Result<bool> {
        let now = self.now();
        let sql = "SELECT COUNT(*) >= :batch OR COALESCE(MIN(visible_at) <= :now - :window, FALSE)
                   FROM messages WHERE queue = :queue AND visible_at <= :now";
        let parameters = named_params! {
            ":batch": batch, ":now": now, ":window": window * 1000, ":queue": queue.name,
        };
        self.lock().query_row(sql, parameters, |row| row.get(0))
    }

    /// The next moment, in milliseconds, at which a message that is not ready now will be.
    fn next_ready(&self, queue: &Queue, window: i64) -> rusqlite::Result<Option<i64>> {
        let sql = "SELECT MIN(visible_at + :window) FROM messages
                   WHERE queue = :queue AND visible_at + :window > :now";
        let parameters = named_params! {
            ":window": window * 1000, ":queue": queue.name, ":now": self.now(),
        };
        let next = self
            .lock()
            .query_row(sql, parameters, |row| row.get(0))
            .optional()?;
        Ok(next.flatten())
    }

    /// Deletes what has outlived its queue's retention.
    pub(crate) fn expire(&self) {
        let now = self.now();
        for queue in &self.queues {
            if let Err(error) = forget(&self.lock(), queue, now) {
                tracing::error!(queue = queue.name, %error, "messages could not be deleted");
            }
        }
    }

    /// The bodies of a queue's messages, hidden ones too, oldest first; one that is no JSON is a text.
    pub(crate) fn bodies(&self, queue: &Queue) -> Vec<Value> {
        let read = || {
            let messages = self.lock();
            let sql = "SELECT body FROM messages WHERE queue = ? ORDER BY position";
            let mut statement = messages.prepare(sql)?;
            let rows = statement.query_map([&queue.name], |row| row.get::<_, String>(0))?;
            rows.collect::<rusqlite::Result<Vec<_>>>()
        };
        let bodies = read().unwrap_or_else(|error| {
            tracing::error!(queue = queue.name, %error, "messages could not be read");
            Vec::new()
        });
        let json = |body: String| serde_json::from_str(&body).unwrap_or(Value::String(body));
        bodies.into_iter().map(json).collect()
    }

    fn now(&self) -> i64 {
        self.clock.now().as_millisecond()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Connection> {
        self.messages.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn forget(messages: &Connection, queue: &Queue, now: i64) -> rusqlite::Result<usize> {
    let eldest = now - queue.rules.message_retention_period * 1000;
    let sql = "DELETE FROM messages WHERE queue = ? AND sent_at < ?";
    messages.execute(sql, (&queue.name, eldest))
}

fn message(row: &Row<'_>) -> rusqlite::Result<Message> {
    Ok(Message {
        position: row.get(0)?,
        id: row.get(1)?,
        sender: row.get(2)?,
        body: row.get(3)?,
        sent_at: row.get(4)?,
        receives: row.get(5)?,
        first_received_at: row.get(6)?,
        receipt: row.get(7)?,
        source: row.get(8)?,
    })
}
