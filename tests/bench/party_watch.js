// What `make bench-party` sees of a page, and what it does to it: frames, jumps and speeds of the film; a click; a stall.
// All times are ms since the epoch on the clock that the pages of one machine share.
window.bench = (() => {
  const SAMPLE_MS = 100;
  const RATE_TOLERANCE = 0.0005;
  const clock = () => performance.timeOrigin + performance.now();
  const empty = () => ({ frames: [], events: [], played: 0, offSpeed: 0 });
  let notes = empty();
  let video = null;

  const happened = (kind) => notes.events.push([clock(), kind]);

  function sample() {
    if (video.paused) return;
    notes.played += 1;
    if (Math.abs(video.playbackRate - 1) > RATE_TOLERANCE) notes.offSpeed += 1;
  }

  function watch() {
    video = document.querySelector("[data-testid=video]");
    const onFrame = (_, { expectedDisplayTime, mediaTime }) => {
      video.requestVideoFrameCallback(onFrame);
      notes.frames.push([performance.timeOrigin + expectedDisplayTime, mediaTime]);
    };
    video.requestVideoFrameCallback(onFrame);
    for (const kind of ["play", "pause", "seeking", "seeked"]) video.addEventListener(kind, () => happened(kind));
    setInterval(sample, SAMPLE_MS);
  }

  function take() {
    const taken = notes;
    notes = empty();
    return taken;
  }

  // A stall as the page knows it: the element stands still without being paused, and has no data for what comes next.
  // Whoever sets the speed meanwhile gets it when the data is there.
  function stall(ms) {
    const speed = Object.getOwnPropertyDescriptor(HTMLMediaElement.prototype, "playbackRate");
    let wanted = video.playbackRate;
    Object.defineProperty(video, "playbackRate", {
      configurable: true,
      get: () => wanted,
      set: (rate) => {
        wanted = rate;
      },
    });
    Object.defineProperty(video, "readyState", { configurable: true, get: () => HTMLMediaElement.HAVE_CURRENT_DATA });
    speed.set.call(video, 0);
    video.dispatchEvent(new Event("waiting"));
    setTimeout(() => {
      delete video.playbackRate;
      delete video.readyState;
      video.playbackRate = wanted;
      video.dispatchEvent(new Event("playing"));
      happened("stalled");
    }, ms);
  }

  function click() {
    happened("click");
    if (window.rival.isDriving()) window.rival.toggle();
    else document.querySelector("[data-testid=toggle-play]").click();
  }

  return { watch, take, stall, click };
})();
