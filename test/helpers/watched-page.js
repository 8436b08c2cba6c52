/*
 * What a test has a page note before its own scripts run: when each message came over a WebSocket, and when a price was
 * painted. Times are in ms, by `performance.now()`.
 */
globalThis.noted = [];

const Native = globalThis.WebSocket;
globalThis.WebSocket = class extends Native {
  constructor(...address) {
    super(...address);
    this.addEventListener("message", ({ data }) => {
      globalThis.noted.push({ at: performance.now(), data: String(data) });
    });
  }
};

/** Resolves when a cell has come to show a price: with the time from the message with it until it was painted. */
globalThis.delayOf = (selector, price) =>
  new Promise((resolve) => {
    const table = document.querySelector(".board table");
    const look = new MutationObserver(() => {
      if (!table.querySelector(selector).textContent.includes(price)) return;
      look.disconnect();
      // What a task does that begins after the next frame was made is done when it is on the screen.
      requestAnimationFrame(() =>
        setTimeout(() => {
          const message = globalThis.noted.find(({ data }) => data.includes(`"price":${price}`));
          resolve(performance.now() - message.at);
        }),
      );
    });
    look.observe(table, { subtree: true, childList: true, characterData: true });
  });
