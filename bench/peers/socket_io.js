// Relays what a publisher says to all others, as the documentation of socket.io does it. usage: node socket_io.js PORT
const { createServer } = require("node:http");
const { Server } = require("socket.io");

const http = createServer();
const server = new Server(http, { transports: ["websocket"] });
server.on("connection", (socket) => {
  socket.on("publish", (text) => socket.broadcast.emit("post", text));
});
http.listen(Number(process.argv[2]), "127.0.0.1");
