/* Socket.IO as its documentation has it: a room for each sport, a broadcast to it each tick. */
import { createServer } from "node:http";
import { Server } from "socket.io";
import { everyTick, newest, port } from "./ticker.js";

const http = createServer();
const io = new Server(http, { perMessageDeflate: process.env.DEFLATE === "1" });
const odds = io.of("/odds");
odds.on("connection", (socket) => {
  socket.on("subscribe", ({ sport }: { sport: string }) => {
    void socket.join(sport);
    const message = newest.get(sport);
    if (message) socket.emit("odds_update", message);
  });
});
everyTick((message) => odds.to(message.sport).emit("odds_update", message));
http.listen(port, "127.0.0.1");
