//! What the client does when a server refuses, is lost, or is not there. The conformance cases show what it does
//! with the real one.

// Replies are queued as results, so what makes one gives a result.
#![allow(clippy::unnecessary_wraps)]

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use tonic::Status;

use crate::fake::{Script, refusal, serve};
use crate::proto::start_position::Position;
use crate::{Client, Code, Error, Reason, Retries, proto};

async fn client(script: &Arc<Script>) -> Client {
    Client::connect(serve(script.clone()).await.to_string()).unwrap()
}

fn unavailable() -> Status {
    refusal(tonic::Code::Unavailable, "DRAINING", &[])
}

fn set_at(revision: i64) -> Result<proto::SetResponse, Status> {
    Ok(proto::SetResponse {
        revision,
        ..Default::default()
    })
}

fn entry_at(revision: i64) -> Result<proto::GetResponse, Status> {
    let entry = proto::Entry {
        key: "k".into(),
        value: "1".into(),
        revision,
        ..Default::default()
    };
    Ok(proto::GetResponse {
        entry: Some(entry),
        revision,
    })
}

fn transacted(succeeded: bool) -> Result<proto::TransactResponse, Status> {
    Ok(proto::TransactResponse {
        succeeded,
        ..Default::default()
    })
}

#[tokio::test]
async fn a_write_is_made_again_with_the_same_request_id() {
    let script = Arc::new(Script::default());
    script.sets.lock().unwrap().extend([
        Err(unavailable()),
        Err(Status::unavailable("")),
        set_at(7),
    ]);
    let answer = client(&script).await.set("k", "v").await.unwrap();
    assert_eq!(answer.revision, 7);
    let asked = script.set.lock().unwrap();
    let ids: Vec<_> = asked.iter().map(|set| set.request_id.as_str()).collect();
    assert_eq!(ids.len(), 3);
    assert_eq!(ids[0].len(), 36);
    assert!(ids.iter().all(|id| *id == ids[0]));
}

#[tokio::test]
async fn a_callers_request_id_is_used() {
    let script = Arc::new(Script::default());
    script.sets.lock().unwrap().push_back(set_at(1));
    let set = client(&script).await.set("k", "v").request_id("mine");
    set.await.unwrap();
    assert_eq!(script.set.lock().unwrap()[0].request_id, "mine");
}

#[tokio::test]
async fn without_retries_there_is_one_try_and_no_request_id() {
    let script = Arc::new(Script::default());
    script.sets.lock().unwrap().push_back(Err(unavailable()));
    let set = client(&script).await.set("k", "v").retries(Retries::Off);
    let error = set.await.unwrap_err();
    assert_eq!(*error.reason(), Reason::Draining);
    assert_eq!(script.set.lock().unwrap().len(), 1);
    assert_eq!(script.set.lock().unwrap()[0].request_id, "");
}

#[tokio::test]
async fn what_will_not_pass_is_not_tried_again() {
    let script = Arc::new(Script::default());
    let details = [("key", "k"), ("revision", "12")];
    script.sets.lock().unwrap().push_back(Err(refusal(
        tonic::Code::Aborted,
        "PRECONDITION_FAILED",
        &details,
    )));
    let set = client(&script).await.set("k", "v").if_revision(11);
    let error = set.await.unwrap_err();
    assert_eq!(*error.reason(), Reason::PreconditionFailed);
    assert_eq!(error.code(), Code::Aborted);
    assert_eq!(error.key(), Some("k"));
    assert_eq!(error.revision(), Some(12));
    assert_eq!(script.set.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn a_reason_that_is_not_known_is_kept() {
    let script = Arc::new(Script::default());
    let status = refusal(tonic::Code::Internal, "NEW_REASON", &[]);
    script.sets.lock().unwrap().push_back(Err(status));
    let error = client(&script).await.set("k", "v").await.unwrap_err();
    assert_eq!(*error.reason(), Reason::Unknown("NEW_REASON".into()));
    assert_eq!(error.reason().as_str(), "NEW_REASON");
}

#[tokio::test]
async fn a_status_without_details_gets_a_reason_of_its_own() {
    let cases = [
        (tonic::Code::DeadlineExceeded, Reason::DeadlineExceeded),
        (tonic::Code::Cancelled, Reason::Cancelled),
        (tonic::Code::Unavailable, Reason::Unreachable),
        (tonic::Code::Internal, Reason::Other),
    ];
    for (code, reason) in cases {
        let error = Error::from(Status::new(code, "why"));
        assert_eq!(*error.reason(), reason);
        assert_eq!(error.message(), "why");
    }
}

#[tokio::test]
async fn no_server_is_unreachable_when_the_deadline_comes() {
    // A port that was free a moment ago, and that nobody listens on.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = port.local_addr().unwrap().to_string();
    drop(port);
    let client = Client::connect(address).unwrap();
    let began = Instant::now();
    let get = client.get("k").deadline(Duration::from_secs(2));
    let error = get.await.unwrap_err();
    assert_eq!(*error.reason(), Reason::Unreachable);
    assert_eq!(error.code(), Code::Unavailable);
    assert!(std::error::Error::source(&error).is_some());
    // It tried several times, and did not wait for a try that would have been too late.
    assert!(began.elapsed() >= Duration::from_millis(700));
    assert!(began.elapsed() < Duration::from_secs(2));
}

#[tokio::test]
async fn a_closed_client_fails_with_closed_and_so_do_its_clones() {
    let script = Arc::new(Script::default());
    let client = client(&script).await;
    let clone = client.clone();
    let mut waiting = client.watch(..).stream();
    let closing = async {
        tokio::task::yield_now().await;
        clone.close();
    };
    script.watches.lock().unwrap().push_back(Vec::new());
    let (told, ()) = tokio::join!(waiting.next(), closing);
    assert_eq!(*told.unwrap().unwrap_err().reason(), Reason::Closed);
    let error = client.get("k").await.unwrap_err();
    assert_eq!(*error.reason(), Reason::Closed);
}

#[tokio::test]
async fn a_transaction_is_done_again_when_somebody_was_faster() {
    let script = Arc::new(Script::default());
    let gets = [entry_at(3), entry_at(5)];
    script.gets.lock().unwrap().extend(gets);
    let transacts = [transacted(false), transacted(true)];
    script.transacts.lock().unwrap().extend(transacts);
    let calls = AtomicU32::new(0);
    let revision = client(&script)
        .await
        .transaction(|tx| {
            calls.fetch_add(1, Ordering::Relaxed);
            async move {
                let read = tx.get("k").await?.expect("there is one");
                tx.set("k", "2");
                let own = tx.get("k").await?.expect("it was set");
                assert_eq!(own.value, "2");
                Ok::<_, Error>(read.revision)
            }
        })
        .await
        .unwrap();
    assert_eq!((revision, calls.into_inner()), (5, 2));
    let asked = script.transacted.lock().unwrap();
    let conditions: Vec<_> = asked.iter().map(|asked| asked.conditions.clone()).collect();
    let at = |revision| proto::Condition {
        key: "k".into(),
        check: Some(proto::condition::Check::Revision(revision)),
    };
    assert_eq!(conditions, [[at(3)], [at(5)]]);
    assert_ne!(asked[0].request_id, asked[1].request_id);
}

#[tokio::test]
async fn a_transaction_is_given_up_after_as_many_attempts_as_are_said() {
    let script = Arc::new(Script::default());
    let transacts = [transacted(false), transacted(false), transacted(true)];
    script.transacts.lock().unwrap().extend(transacts);
    let client = client(&script).await;
    let call = client.transaction(|tx| async move {
        tx.increment("n", 1);
        Ok::<_, Error>(())
    });
    let error = call.attempts(2).await.unwrap_err();
    assert_eq!(*error.reason(), Reason::PreconditionFailed);
    assert_eq!(script.transacted.lock().unwrap().len(), 2);
}

#[tokio::test]
async fn a_transaction_that_only_read_one_key_or_failed_is_not_sent() {
    let script = Arc::new(Script::default());
    script.gets.lock().unwrap().push_back(entry_at(3));
    let client = client(&script).await;
    let read = client.transaction(|tx| async move { tx.get("k").await });
    assert_eq!(read.await.unwrap().unwrap().revision, 3);
    let failed = client.transaction(|tx| async move {
        tx.delete("k");
        Err::<(), BoxedError>("no".into())
    });
    assert_eq!(failed.await.unwrap_err().to_string(), "no");
    assert!(script.transacted.lock().unwrap().is_empty());
}

type BoxedError = Box<dyn std::error::Error + Send + Sync>;

#[tokio::test]
async fn what_was_incremented_cannot_be_read_in_the_same_transaction() {
    let script = Arc::new(Script::default());
    let client = client(&script).await;
    let call = client.transaction(|tx| async move {
        tx.increment("n", 1);
        tx.get("n").await
    });
    let error = call.await.unwrap_err();
    assert_eq!(*error.reason(), Reason::InvalidField);
    assert_eq!(error.key(), Some("n"));
}

/// A future of a transaction can be spawned, also where its function borrows.
#[tokio::test]
async fn a_transaction_can_be_spawned() {
    let script = Arc::new(Script::default());
    script.gets.lock().unwrap().push_back(entry_at(3));
    let client = client(&script).await;
    let task = tokio::spawn(async move {
        let key = String::from("k");
        let key = &key;
        client
            .transaction(|tx| async move { tx.get(key).await })
            .await
    });
    assert!(task.await.unwrap().unwrap().is_some());
}

fn told(token: &str) -> proto::WatchResponse {
    proto::WatchResponse {
        resume_token: token.into(),
        ..Default::default()
    }
}

fn marked(token: &str) -> proto::WatchResponse {
    proto::WatchResponse {
        progress: Some(proto::Progress::default()),
        ..told(token)
    }
}

fn synced(token: &str) -> proto::WatchResponse {
    proto::WatchResponse {
        synced: true,
        ..marked(token)
    }
}

fn positions(script: &Script) -> Vec<Position> {
    let watched = script.watched.lock().unwrap();
    watched
        .iter()
        .map(|asked| asked.start.clone().unwrap().position.unwrap())
        .collect()
}

#[tokio::test]
async fn a_watch_goes_on_from_the_last_token_that_it_gave_out() {
    let script = Arc::new(Script::default());
    let slow = [("resume_token", "c")];
    let slow = refusal(tonic::Code::ResourceExhausted, "SLOW_FOLLOWER", &slow);
    let compacted = refusal(tonic::Code::OutOfRange, "REVISION_COMPACTED", &[]);
    script.watches.lock().unwrap().extend([
        vec![Ok(marked("a")), Ok(told("b")), Err(unavailable())],
        vec![Err(slow)],
        vec![Ok(marked("d"))],
        vec![Err(compacted)],
    ]);
    let mut messages = client(&script).await.watch("a".."b").stream();
    for token in ["a", "b", "d"] {
        let message = messages.try_next().await.unwrap().unwrap();
        assert_eq!(message.resume_token, token);
        assert!(!message.restarted);
    }
    let error = messages.try_next().await.unwrap_err();
    assert_eq!(*error.reason(), Reason::RevisionCompacted);
    assert!(messages.next().await.is_none());
    let token = |token: &str| Position::ResumeToken(token.into());
    let expected = [Position::Now(true), token("b"), token("c"), token("d")];
    assert_eq!(positions(&script), expected);
}

#[tokio::test]
async fn a_watch_that_was_cut_off_within_the_current_state_begins_it_again() {
    let script = Arc::new(Script::default());
    script.watches.lock().unwrap().extend([
        vec![Ok(told("a")), Ok(told("b")), Err(unavailable())],
        vec![Ok(told("c")), Ok(synced("d")), Err(unavailable())],
        vec![Ok(marked("e"))],
    ]);
    let watch = client(&script).await.watch(..).from_current_state();
    let mut messages = watch.stream();
    let mut all = Vec::new();
    for _ in 0..5 {
        let message = messages.try_next().await.unwrap().unwrap();
        all.push((message.resume_token, message.restarted));
    }
    let expected = [
        ("a", false),
        ("b", false),
        ("c", true),
        ("d", false),
        ("e", false),
    ];
    assert_eq!(
        all,
        expected.map(|(token, restarted)| (token.into(), restarted))
    );
    let state = Position::CurrentState(true);
    let after = Position::ResumeToken("d".into());
    assert_eq!(positions(&script), [state.clone(), state, after]);
}

#[tokio::test]
async fn a_watch_ends_at_its_deadline() {
    let script = Arc::new(Script::default());
    let client = client(&script).await;
    script
        .watches
        .lock()
        .unwrap()
        .extend((0..100).map(|_| Vec::new()));
    let watch = client.watch(..).deadline(Duration::from_millis(100));
    let error = watch.stream().try_next().await.unwrap_err();
    assert_eq!(*error.reason(), Reason::DeadlineExceeded);
}
