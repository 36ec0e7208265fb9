//! A server in this process that answers what a test says, so that faults can be made at will.

use std::collections::{HashMap, VecDeque};
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex};

use futures_core::Stream;
use futures_util::stream;
use tokio::net::TcpListener;
use tonic::transport::Server;
use tonic::transport::server::TcpIncoming;
use tonic::{Code, Request, Response, Status};
use tonic_types::{ErrorDetails, StatusExt};

use crate::proto;
use crate::proto::key_value_service_server::{KeyValueService, KeyValueServiceServer};

type Answers<T> = Pin<Box<dyn Stream<Item = Result<T, Status>> + Send>>;

/// What a test plays with: what is answered next, and what was asked.
#[derive(Default)]
pub(crate) struct Script {
    pub(crate) sets: Mutex<VecDeque<Result<proto::SetResponse, Status>>>,
    pub(crate) gets: Mutex<VecDeque<Result<proto::GetResponse, Status>>>,
    pub(crate) transacts: Mutex<VecDeque<Result<proto::TransactResponse, Status>>>,
    pub(crate) watches: Mutex<VecDeque<Vec<Result<proto::WatchResponse, Status>>>>,
    pub(crate) set: Mutex<Vec<proto::SetRequest>>,
    pub(crate) transacted: Mutex<Vec<proto::TransactRequest>>,
    pub(crate) watched: Mutex<Vec<proto::WatchRequest>>,
}

/// Serves a script, and says where.
pub(crate) async fn serve(script: Arc<Script>) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let service = KeyValueServiceServer::new(Fake(script));
    let serving = Server::builder()
        .add_service(service)
        .serve_with_incoming(TcpIncoming::from(listener));
    tokio::spawn(serving);
    address
}

/// A status as the server sends it.
pub(crate) fn refusal(code: Code, reason: &str, metadata: &[(&str, &str)]) -> Status {
    let metadata = metadata.iter();
    let metadata: HashMap<String, String> = metadata
        .map(|(name, value)| ((*name).into(), (*value).into()))
        .collect();
    let details = ErrorDetails::with_error_info(reason, "keyvaluedb", metadata);
    Status::with_error_details(code, "refused", details)
}

struct Fake(Arc<Script>);

/// The next answer; where the script has ended, a status that nobody tries again after.
fn next<T>(answers: &Mutex<VecDeque<Result<T, Status>>>) -> Result<Response<T>, Status> {
    let answer = answers.lock().unwrap().pop_front();
    answer
        .unwrap_or_else(|| Err(Status::internal("the script has ended")))
        .map(Response::new)
}

type Later<'a, T> = Pin<Box<dyn Future<Output = Result<Response<T>, Status>> + Send + 'a>>;

/// Calls that no test makes, as `async_trait` would write them: it does not look into macros.
macro_rules! unused {
    ($($method:ident $asked:ident $answered:ident,)*) => {
        $(fn $method<'a, 'b>(
            &'a self,
            _: Request<proto::$asked>,
        ) -> Later<'b, proto::$answered>
        where
            'a: 'b,
            Self: 'b,
        {
            Box::pin(async { Err(Status::unimplemented(stringify!($method))) })
        })*
    };
}

#[tonic::async_trait]
impl KeyValueService for Fake {
    type ScanStream = Answers<proto::ScanResponse>;
    type WatchStream = Answers<proto::WatchResponse>;
    type WatchExpirationsStream = Answers<proto::WatchExpirationsResponse>;
    type PipelineStream = Answers<proto::PipelineResponse>;

    async fn set(
        &self,
        request: Request<proto::SetRequest>,
    ) -> Result<Response<proto::SetResponse>, Status> {
        self.0.set.lock().unwrap().push(request.into_inner());
        next(&self.0.sets)
    }

    async fn get(
        &self,
        _: Request<proto::GetRequest>,
    ) -> Result<Response<proto::GetResponse>, Status> {
        next(&self.0.gets)
    }

    async fn transact(
        &self,
        request: Request<proto::TransactRequest>,
    ) -> Result<Response<proto::TransactResponse>, Status> {
        self.0.transacted.lock().unwrap().push(request.into_inner());
        next(&self.0.transacts)
    }

    async fn watch(
        &self,
        request: Request<proto::WatchRequest>,
    ) -> Result<Response<Self::WatchStream>, Status> {
        self.0.watched.lock().unwrap().push(request.into_inner());
        let answers = self.0.watches.lock().unwrap().pop_front();
        let answers = answers.unwrap_or_else(|| vec![Err(Status::internal("no more"))]);
        Ok(Response::new(Box::pin(stream::iter(answers))))
    }

    unused! {
        delete DeleteRequest DeleteResponse,
        touch TouchRequest TouchResponse,
        increment IncrementRequest IncrementResponse,
        delete_range DeleteRangeRequest DeleteRangeResponse,
        list_keys ListKeysRequest ListKeysResponse,
        list_versions ListVersionsRequest ListVersionsResponse,
        snapshot SnapshotRequest SnapshotResponse,
        compact CompactRequest CompactResponse,
    }

    async fn scan(
        &self,
        _: Request<proto::ScanRequest>,
    ) -> Result<Response<Self::ScanStream>, Status> {
        Err(Status::unimplemented("scan"))
    }

    async fn watch_expirations(
        &self,
        _: Request<proto::WatchExpirationsRequest>,
    ) -> Result<Response<Self::WatchExpirationsStream>, Status> {
        Err(Status::unimplemented("watch_expirations"))
    }

    async fn pipeline(
        &self,
        _: Request<tonic::Streaming<proto::PipelineRequest>>,
    ) -> Result<Response<Self::PipelineStream>, Status> {
        Err(Status::unimplemented("pipeline"))
    }
}
