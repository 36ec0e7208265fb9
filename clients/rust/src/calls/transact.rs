//! Compare, then do one thing or another, all of it or nothing.

use tonic::Response;

use crate::call::{CallFuture, CallOptions, call_options, request_id_option};
use crate::connection::Connection;
use crate::{Client, Condition, Error, Operation, OperationResult, proto};

impl Client {
    /// Asks for the state of keys and, by the answer, does one of two lists of operations: at one revision, seen by
    /// others all at once, all of it or nothing.
    ///
    /// ```
    /// # use keyvaluedb_client::{Client, Condition, Error, Operation};
    /// # async fn example(client: &Client) -> Result<(), Error> {
    /// let answer = client
    ///     .transact()
    ///     .when(Condition::value("lock/7", "me"))
    ///     .then(Operation::delete("lock/7"))
    ///     .then(Operation::increment("released", 1))
    ///     .otherwise(Operation::get("lock/7"))
    ///     .await?;
    /// println!("{}", if answer.succeeded { "released" } else { "not ours" });
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// That of the first operation that cannot be done, with its place in [`Error::field`], such as
    /// `then[1].increment.key`; nothing is done then.
    pub fn transact(&self) -> Transact {
        Transact {
            client: self.clone(),
            request: proto::TransactRequest::default(),
            request_id: None,
            options: CallOptions::default(),
        }
    }
}

/// A transaction, made when it is awaited: [`Client::transact`].
#[derive(Clone, Debug)]
#[must_use = "nothing is done before this is awaited"]
pub struct Transact {
    client: Client,
    request: proto::TransactRequest,
    request_id: Option<String>,
    options: CallOptions,
}

impl Transact {
    /// Asks for this, too. Without any condition, `then` is done.
    pub fn when(mut self, condition: Condition) -> Self {
        self.request.conditions.push(condition.into_proto());
        self
    }

    /// Does this next, if all conditions hold.
    pub fn then(mut self, operation: Operation) -> Self {
        self.request.then.push(operation.into_proto());
        self
    }

    /// Does this next, if one condition does not hold.
    pub fn otherwise(mut self, operation: Operation) -> Self {
        self.request.otherwise.push(operation.into_proto());
        self
    }

    request_id_option!();
    call_options!();
}

impl IntoFuture for Transact {
    type Output = Result<TransactResponse, Error>;
    type IntoFuture = CallFuture<TransactResponse>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            let request = proto::TransactRequest {
                request_id: self.client.request_id(self.request_id, &self.options),
                ..self.request
            };
            let send = |mut to: Connection, request| async move {
                to.store.transact(request).await.map(Response::into_inner)
            };
            let answer = self.client.call(self.options, request, send).await?;
            let results = answer.results.into_iter();
            Ok(TransactResponse {
                revision: answer.revision,
                succeeded: answer.succeeded,
                results: results
                    .map(OperationResult::from_proto)
                    .collect::<Result<_, _>>()?,
                replayed: answer.replayed,
            })
        })
    }
}

/// What a transaction answers.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct TransactResponse {
    /// The revision of the changes; where nothing was changed, the current revision.
    pub revision: i64,
    /// Whether all conditions held, so that `then` was done.
    pub succeeded: bool,
    /// One answer for each operation that was done, in order.
    pub results: Vec<OperationResult>,
    /// The same call was made before with the same request id, and did nothing now.
    pub replayed: bool,
}
