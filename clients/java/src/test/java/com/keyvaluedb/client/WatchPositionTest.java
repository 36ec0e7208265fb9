package com.keyvaluedb.client;

import static org.assertj.core.api.Assertions.assertThat;

import com.keyvaluedb.client.WatchPosition.Synced;
import org.junit.jupiter.api.Test;

class WatchPositionTest {
  @Test
  void beginsAgainWhereItBeganUntilSomethingWasTold() {
    WatchPosition position = new WatchPosition(StartPosition.revision(3));
    position.lost(null);
    assertThat(position.next()).isEqualTo(StartPosition.revision(3));
  }

  @Test
  void goesOnAfterTheLastMessageThatWasGivenOut() {
    WatchPosition position = new WatchPosition(StartPosition.now());
    position.given("one", Synced.NOT_SAID);
    position.given("two", Synced.NOT_SAID);
    position.lost("three");
    assertThat(position.next()).isEqualTo(StartPosition.resumeToken("two"));
  }

  @Test
  void takesTheTokenOfTheErrorWhereNothingWasToldYet() {
    WatchPosition position = new WatchPosition(StartPosition.now());
    position.lost("from the error");
    assertThat(position.next()).isEqualTo(StartPosition.resumeToken("from the error"));
  }

  @Test
  void beginsTheCurrentStateAgainAndSaysSoOnce() {
    WatchPosition position = new WatchPosition(StartPosition.currentState());
    assertThat(position.given("one", Synced.NOT_SAID)).isFalse();
    position.lost("two");
    assertThat(position.next()).isEqualTo(StartPosition.currentState());
    assertThat(position.given("three", Synced.NOT_SAID)).isTrue();
    assertThat(position.given("four", Synced.NOT_SAID)).isFalse();
  }

  @Test
  void doesNotSayThatItBeganAgainWhereNothingWasTold() {
    WatchPosition position = new WatchPosition(StartPosition.currentState());
    position.lost(null);
    assertThat(position.given("one", Synced.NOT_SAID)).isFalse();
  }

  @Test
  void goesOnByTokenOnceTheCurrentStateHasBeenTold() {
    WatchPosition position = new WatchPosition(StartPosition.currentState());
    position.given("one", Synced.NOT_SAID);
    position.given("two", Synced.NOW);
    position.lost(null);
    assertThat(position.next()).isEqualTo(StartPosition.resumeToken("two"));
    assertThat(position.given("three", Synced.NOT_SAID)).isFalse();
  }
}
