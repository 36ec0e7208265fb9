//! A function that reads and writes, done as one transaction, and again when somebody else was faster.

use std::collections::{BTreeMap, HashMap};
use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::sleep;

use crate::operation::Kind;
use crate::{Client, Code, Condition, Entry, Error, Expiration, Operation, Reason, Value};

const ATTEMPTS: u32 = 10;
const FIRST_WAIT: Duration = Duration::from_millis(10);
const LONGEST_WAIT: Duration = Duration::from_millis(640);

impl Client {
    /// Calls a function with a [`Transaction`] to read with and to write to; when it returns, all that it wrote is
    /// written at once, on the condition that every key it read is as it was read. If one is not, the function is
    /// called again, from the beginning, after a short random wait.
    ///
    /// ```
    /// # use keyvaluedb_client::{Client, Error};
    /// # async fn example(client: &Client) -> Result<(), Error> {
    /// let moved = client
    ///     .transaction(|tx| async move {
    ///         let Some(job) = tx.get("inbox/7").await? else {
    ///             return Ok::<_, Error>(false);
    ///         };
    ///         tx.delete("inbox/7");
    ///         tx.set("done/7", job.value);
    ///         Ok(true)
    ///     })
    ///     .await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// The function may be called several times: what else it does should do no harm when done again. What it uses of
    /// its surroundings it takes by reference, or as a clone made outside of the `async` block. Its error type is its
    /// own, as long as an [`Error`] can become one.
    ///
    /// # Errors
    ///
    /// The function's own, after which nothing is written; those of [`get`](Client::get) and
    /// [`transact`](Client::transact); `PRECONDITION_FAILED` when it was called as often as it may be.
    pub fn transaction<'a, F, R, T, E>(&self, function: F) -> RunTransaction<'a, F>
    where
        F: FnMut(Transaction) -> R + Send + 'a,
        R: Future<Output = Result<T, E>> + Send + 'a,
        E: From<Error>,
    {
        RunTransaction {
            client: self.clone(),
            function,
            attempts: ATTEMPTS,
            deadline: None,
            lives: PhantomData,
        }
    }
}

/// A transaction that is run when it is awaited: [`Client::transaction`].
#[derive(Debug)]
#[must_use = "nothing is done before this is awaited"]
pub struct RunTransaction<'a, F> {
    client: Client,
    function: F,
    attempts: u32,
    deadline: Option<Duration>,
    lives: PhantomData<&'a ()>,
}

impl<F> RunTransaction<'_, F> {
    /// How often the function may be called: 10 times. At least once.
    pub fn attempts(mut self, attempts: u32) -> Self {
        self.attempts = attempts;
        self
    }

    /// How long each call that is made for it may take, instead of the client's default.
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.deadline = Some(deadline);
        self
    }

    async fn run<R, T, E>(mut self) -> Result<T, E>
    where
        F: FnMut(Transaction) -> R,
        R: Future<Output = Result<T, E>>,
        E: From<Error>,
    {
        let mut attempt = 1;
        loop {
            let transaction = Transaction::new(self.client.clone(), self.deadline);
            let answer = (self.function)(transaction.clone()).await?;
            if transaction.commit().await? {
                return Ok(answer);
            }
            if attempt >= self.attempts {
                return Err(given_up(attempt).into());
            }
            sleep(wait_after(attempt).mul_f64(fastrand::f64())).await;
            attempt += 1;
        }
    }
}

impl<'a, F, R, T, E> IntoFuture for RunTransaction<'a, F>
where
    F: FnMut(Transaction) -> R + Send + 'a,
    R: Future<Output = Result<T, E>> + Send + 'a,
    T: Send + 'a,
    E: From<Error> + Send + 'a,
{
    type Output = Result<T, E>;
    type IntoFuture = Pin<Box<dyn Future<Output = Result<T, E>> + Send + 'a>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.run())
    }
}

/// The longest wait after this attempt; a random part of it is waited.
fn wait_after(attempt: u32) -> Duration {
    FIRST_WAIT
        .saturating_mul(2_u32.saturating_pow(attempt - 1))
        .min(LONGEST_WAIT)
}

fn given_up(attempts: u32) -> Error {
    let message = format!("others changed what the transaction read, {attempts} times");
    Error::new(Reason::PreconditionFailed, Code::Aborted, message)
}

/// What a function given to [`Client::transaction`] reads with and writes to. Clones are the same transaction.
#[derive(Clone, Debug)]
pub struct Transaction {
    client: Client,
    deadline: Option<Duration>,
    gathered: Arc<Mutex<Gathered>>,
}

#[derive(Debug, Default)]
struct Gathered {
    /// What was read of the server, by key.
    read: BTreeMap<String, Option<Entry>>,
    /// What to write, in order.
    writes: Vec<Operation>,
    /// What the writes so far have made of each key.
    written: HashMap<String, Written>,
}

#[derive(Clone, Debug)]
enum Written {
    Set(Box<Entry>),
    Deleted,
    /// Only the server knows.
    Changed,
}

impl Transaction {
    fn new(client: Client, deadline: Option<Duration>) -> Self {
        Self {
            client,
            deadline,
            gathered: Arc::default(),
        }
    }

    /// Reads a key, at once; None if it is absent. What was read before is answered as it was, and what this transaction
    /// has set as it will be: with `revision`, `create_revision` and `version` 0, since it has none yet.
    ///
    /// # Errors
    ///
    /// Those of [`Client::get`]; `INVALID_FIELD` if this transaction has incremented or touched the key before, since
    /// only the server knows what it will be then.
    pub async fn get(&self, key: impl Into<String>) -> Result<Option<Entry>, Error> {
        let key = key.into();
        if let Some(known) = self.gathered().known(&key) {
            return known;
        }
        let mut call = self.client.get(key.as_str());
        if let Some(deadline) = self.deadline {
            call = call.deadline(deadline);
        }
        let entry = call.await?;
        // Of two reads at the same time the first counts; if they differ, the commit finds out.
        Ok(self.gathered().read.entry(key).or_insert(entry).clone())
    }

    /// Sets a key when the function has returned. For an expiration there is [`write`](Self::write).
    pub fn set(&self, key: impl Into<String>, value: impl Into<Value>) {
        self.write(Operation::set(key, value));
    }

    /// Deletes a key when the function has returned.
    pub fn delete(&self, key: impl Into<String>) {
        self.write(Operation::delete(key));
    }

    /// Changes when a key expires, when the function has returned.
    pub fn touch(&self, key: impl Into<String>, expiration: impl Into<Expiration>) {
        self.write(Operation::touch(key, expiration));
    }

    /// Adds to the number that a key holds, when the function has returned. The key need not be read for that.
    pub fn increment(&self, key: impl Into<String>, delta: i64) {
        self.write(Operation::increment(key, delta));
    }

    /// Does this when the function has returned.
    pub fn write(&self, operation: Operation) {
        self.gathered().write(operation);
    }

    fn gathered(&self) -> MutexGuard<'_, Gathered> {
        self.gathered.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether everything that was read was still so, and everything is written.
    async fn commit(self) -> Result<bool, Error> {
        let gathered = std::mem::take(&mut *self.gathered());
        // A single read is as consistent as it was when it was made.
        if gathered.writes.is_empty() && gathered.read.len() <= 1 {
            return Ok(true);
        }
        let mut call = self.client.transact();
        for (key, entry) in gathered.read {
            let revision = entry.map_or(0, |entry| entry.revision);
            call = call.when(Condition::revision(key, revision));
        }
        for operation in gathered.writes {
            call = call.then(operation);
        }
        if let Some(deadline) = self.deadline {
            call = call.deadline(deadline);
        }
        Ok(call.await?.succeeded)
    }
}

impl Gathered {
    /// What is known of the key without asking the server.
    fn known(&self, key: &str) -> Option<Result<Option<Entry>, Error>> {
        match self.written.get(key) {
            Some(Written::Set(entry)) => Some(Ok(Some(Entry::clone(entry)))),
            Some(Written::Deleted) => Some(Ok(None)),
            Some(Written::Changed) => Some(Err(Error::invalid_field(
                "key",
                "was incremented or touched in this transaction, so that only the server knows it",
            )
            .with("key", key))),
            None => self.read.get(key).cloned().map(Ok),
        }
    }

    fn write(&mut self, operation: Operation) {
        let written = match &operation.0 {
            Kind::Set(change) => Written::Set(Box::new(Entry {
                key: change.key.clone(),
                value: change.value.bytes.clone(),
                revision: 0,
                create_revision: 0,
                version: 0,
                expire_time: match change.expiration {
                    Expiration::At(time) => Some(time),
                    _ => None,
                },
                update_time: None,
                content_type: change.value.content_type.clone(),
            })),
            Kind::Delete(_) => Written::Deleted,
            Kind::Touch(_) | Kind::Increment(_) => Written::Changed,
            // It reads for nobody, and changes nothing.
            Kind::Get(_) => return self.writes.push(operation),
        };
        self.written.insert(operation.key().to_owned(), written);
        self.writes.push(operation);
    }
}
