// How other products would drive this very page, film and network: their published rules and constants, written anew.
// Each talks to its own server's rules (tests/bench/party_relay.py) through the page's own shaped line. None of this is
// part of the product.
window.rival = (() => {
  let video = null;
  let socket = null;
  let rule = null;
  let clocks = [];
  const say = (message) => socket.send(JSON.stringify(message));
  const remember = (clock) => {
    clocks.push(clock);
    return clock;
  };
  const every = (ms, action) => remember(setInterval(action, ms));
  const after = (ms, action) => remember(setTimeout(action, ms));
  const position = () => video.currentTime;
  const once = (kind, then) => video.addEventListener(kind, then, { once: true });

  // Jellyfin: jellyfin-web, src/plugins/syncPlay/core/PlaybackCore.js (loadPreferences, scheduleUnpause, schedulePause,
  // syncPlaybackTime) and core/timeSync/TimeSync.js. Its stalls reach the server after 3 s only
  // (ui/players/HtmlVideoPlayer.js, minBufferingThresholdMillis), so none of the bench's does.
  function jellyfin({ isCorrecting }) {
    const MIN_DELAY_SPEED_TO_SYNC_MS = 60; // minDelaySpeedToSync
    const MAX_DELAY_SPEED_TO_SYNC_MS = 3000; // maxDelaySpeedToSync
    const SPEED_TO_SYNC_DURATION_MS = 1000; // speedToSyncDuration
    const MIN_DELAY_SKIP_TO_SYNC_MS = 400; // minDelaySkipToSync
    const MIN_SPEED = 0.2; // syncPlaybackTime, MinSpeed
    const PINGS_KEPT = 8; // NumberOfTrackedMeasurements
    const GREEDY_PINGS = 3; // GreedyPingCount
    const GREEDY_MS = 1000; // PollingIntervalGreedy
    const LOW_PROFILE_MS = 60_000; // PollingIntervalLowProfile
    let pings = [];
    let count = 0;
    let command = null;
    let mayCorrect = false;
    let timers = [];
    let lastSyncMs = 0;

    const offsetMs = () => pings.reduce((best, ping) => (ping.delay < best.delay ? ping : best)).offset;
    const serverNow = () => Date.now() + offsetMs();
    const later = (action, ms) => timers.push(after(ms, action));
    const ping = () => say({ t: "ping", c: Date.now() });

    function onPong({ c, r }) {
      const d = Date.now();
      pings = [...pings, { delay: d - c, offset: (r - c + (r - d)) / 2 }].slice(-PINGS_KEPT);
      say({ t: "rtt", ms: (d - c) / 2 });
      after(count < GREEDY_PINGS ? GREEDY_MS : LOW_PROFILE_MS, ping);
      count += 1;
    }

    function clearScheduled() {
      timers.forEach(clearTimeout);
      timers = [];
      mayCorrect = false;
      video.playbackRate = 1;
    }

    function allowCorrecting() {
      later(() => {
        mayCorrect = true;
      }, MAX_DELAY_SPEED_TO_SYNC_MS / 2);
    }

    function unpause({ when, position: from }) {
      clearScheduled();
      const waitMs = when - serverNow();
      if (waitMs <= 0) {
        once("play", () => {
          video.currentTime = from + (serverNow() - when) / 1000;
        });
        video.play();
        allowCorrecting();
        return;
      }
      if ((position() - from) * 1000 > MIN_DELAY_SKIP_TO_SYNC_MS) video.currentTime = from;
      later(() => {
        video.play();
        allowCorrecting();
      }, waitMs);
    }

    function pause({ when, position: at }) {
      clearScheduled();
      const halt = () => {
        once("pause", () => {
          video.currentTime = at;
        });
        video.pause();
      };
      const waitMs = when - serverNow();
      if (waitMs > 0) later(halt, waitMs);
      else halt();
    }

    function speedToSync(behindMs) {
      let durationMs = SPEED_TO_SYNC_DURATION_MS;
      if (behindMs <= -durationMs * MIN_SPEED) durationMs = Math.abs(behindMs) / (1 - MIN_SPEED);
      video.playbackRate = 1 + behindMs / durationMs;
      mayCorrect = false;
      later(() => {
        video.playbackRate = 1;
        mayCorrect = true;
      }, durationMs);
    }

    function onTimeUpdate() {
      if (command?.command !== "unpause" || pings.length === 0) return;
      if (Date.now() - lastSyncMs < MAX_DELAY_SPEED_TO_SYNC_MS / 2) return;
      lastSyncMs = Date.now();
      if (!mayCorrect || !isCorrecting) return;
      const behindMs = command.position * 1000 + (serverNow() - command.when) - position() * 1000;
      const size = Math.abs(behindMs);
      if (size >= MIN_DELAY_SPEED_TO_SYNC_MS && size < MAX_DELAY_SPEED_TO_SYNC_MS) {
        speedToSync(behindMs);
      } else if (size >= MIN_DELAY_SKIP_TO_SYNC_MS) {
        video.currentTime = position() + behindMs / 1000;
        mayCorrect = false;
        allowCorrecting();
      }
    }

    return {
      begin: ping,
      toggle: () => say({ t: command?.command === "unpause" ? "pause" : "unpause" }),
      hear: {
        pong: onPong,
        command: (next) => {
          command = next;
          if (next.command === "unpause") unpause(next);
          else pause(next);
        },
      },
      onTimeUpdate,
    };
  }

  // OpenTogetherTube: dyc3/opentogethertube, client/src/views/Room.vue (timestampUpdate, watch(truePosition), onSyncMsg)
  // and client/src/stores/room.ts: the position counts from the moment a message is received.
  function openTogetherTube() {
    const CHECK_EVERY_MS = 250; // setInterval(timestampUpdate, 250)
    const TOLERANCE_S = 1; // Math.abs(newPosition - currentTime) > 1
    let state = { playing: false, position: position(), at: Date.now() };
    every(CHECK_EVERY_MS, () => {
      if (!state.playing) return;
      const expected = state.position + (Date.now() - state.at) / 1000;
      if (Math.abs(expected - position()) > TOLERANCE_S) video.currentTime = expected;
    });
    return {
      begin: () => undefined,
      toggle: () => say({ t: state.playing ? "pause" : "play" }),
      hear: {
        sync: ({ playing, position: at }) => {
          state = { playing, position: at, at: Date.now() };
          if (playing) video.play();
          else video.pause();
        },
      },
    };
  }

  // watchparty.me: howardchung/watchparty, src/components/App/App.tsx (REC:tsMap, getLeaderTime, roomTogglePlay, the
  // interval that sends CMD:ts), with the opt-in speed "auto".
  function watchparty() {
    const REPORT_EVERY_MS = 1000;
    const TOLERANCE_S = 0.5; // delta > 0.5
    const SPEED_PER_S = 0.1; // delta / 10
    const SPEED_MAX = 1.1;
    const leader = (times) => {
      if (times.length <= 2) return Math.max(...times);
      const sorted = [...times].sort((a, b) => a - b);
      const middle = Math.floor(sorted.length / 2);
      return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    };
    every(REPORT_EVERY_MS, () => say({ t: "ts", at: position() }));
    return {
      begin: () => undefined,
      toggle: () => {
        const t = video.paused ? "play" : "pause";
        say({ t });
        if (t === "play") video.play();
        else video.pause();
      },
      hear: {
        play: () => video.play(),
        pause: () => video.pause(),
        times: ({ all, own }) => {
          if (video.paused) return;
          const behindS = leader(all) - own;
          const extra = behindS > TOLERANCE_S ? Number((behindS * SPEED_PER_S).toFixed(2)) : 0;
          video.playbackRate = Math.min(1 + extra, SPEED_MAX);
        },
      },
    };
  }

  const RULES = {
    jellyfin: () => jellyfin({ isCorrecting: true }),
    "jellyfin-default": () => jellyfin({ isCorrecting: false }),
    opentogethertube: openTogetherTube,
    watchparty,
  };

  let onTimeUpdate = null;

  // The product lets go of the film; everybody rests at `from` seconds until the first command.
  async function drive(product, address, from) {
    socket?.close();
    clocks.forEach(clearTimeout);
    clocks = [];
    window.__matinee.detach();
    video = document.querySelector("[data-testid=video]");
    video.removeEventListener("timeupdate", onTimeUpdate);
    video.pause();
    video.playbackRate = 1;
    const arrived = new Promise((resolve) => once("seeked", resolve));
    video.currentTime = from;
    await arrived;
    socket = new WebSocket(address);
    await new Promise((resolve, reject) => {
      socket.onopen = resolve;
      socket.onerror = reject;
    });
    rule = RULES[product]();
    onTimeUpdate = rule.onTimeUpdate ?? null;
    video.addEventListener("timeupdate", onTimeUpdate);
    socket.onmessage = ({ data }) => {
      const message = JSON.parse(data);
      rule.hear[message.t]?.(message);
    };
    rule.begin();
  }

  return { drive, isDriving: () => rule !== null, toggle: () => rule.toggle() };
})();
