#include "bench/peers.hpp"

#include <cstdlib>
#include <stdexcept>
#include <unordered_map>

#include "bench/harness.hpp"

namespace charter::bench {

namespace {

[[noreturn]] void fail(const std::string& who, std::string_view said) {
  throw std::runtime_error(who + " said: " + std::string{said.substr(0, 300)});
}

/// What they share: one publisher, and greetings that take some steps.
class peer_dialect : public dialect {
public:
  explicit peer_dialect(std::size_t post_bytes) : post_(post_bytes, 'x') {}

  crowd::upgrade publisher() const override { return subscriber(0); }
  void publish(crowd& all, std::span<const crowd::member> publishers, std::size_t count) override {
    for (std::size_t i = 0; i < count; ++i)
      publish_one(all, publishers.front());
  }

protected:
  virtual void publish_one(crowd& all, crowd::member publisher) = 0;
  std::string post_;
};

// -- ws: whatever somebody says is relayed ------------------------------------------------------

class ws_dialect final : public peer_dialect {
public:
  using peer_dialect::peer_dialect;
  crowd::upgrade subscriber(std::size_t) const override { return {"/", "", ""}; }
  bool greet(crowd&, crowd::member, bool) override { return true; }
  heard hear(crowd&, crowd::member, bool, std::string_view) override { return {false, 1}; }

private:
  void publish_one(crowd& all, crowd::member publisher) override { all.say(publisher, post_); }
};

// -- socket.io: Engine.IO 4 and Socket.IO 5, as text ----------------------------------------------

class socket_io_dialect final : public peer_dialect {
public:
  using peer_dialect::peer_dialect;
  crowd::upgrade subscriber(std::size_t) const override { return {"/socket.io/?EIO=4&transport=websocket", "", ""}; }
  bool greet(crowd&, crowd::member, bool) override { return false; }
  heard hear(crowd& all, crowd::member who, bool, std::string_view message) override {
    if (message.starts_with("0")) // open
      all.say(who, "40");
    else if (message == "2") // ping
      all.say(who, "3");
    else if (message.starts_with("42"))
      return {false, 1};
    else if (!message.starts_with("40"))
      fail("socket.io", message);
    return {message.starts_with("40"), 0};
  }

private:
  void publish_one(crowd& all, crowd::member publisher) override {
    all.say(publisher, "42[\"publish\",\"" + post_ + "\"]");
  }
};

// -- nats: lines and payloads, as many in a frame as there are -------------------------------------

class nats_dialect final : public peer_dialect {
public:
  using peer_dialect::peer_dialect;
  crowd::upgrade subscriber(std::size_t) const override { return {"/", "", ""}; }
  bool greet(crowd&, crowd::member, bool) override { return false; }
  heard hear(crowd& all, crowd::member who, bool publishes, std::string_view message) override {
    if (message.starts_with("INFO")) {
      all.say(who, "CONNECT {\"verbose\":false}\r\n" + std::string{publishes ? "" : "SUB posts 1\r\n"} + "PING\r\n",
              true);
      return {};
    }
    if (message.starts_with("PONG"))
      return {true, 0};
    if (message.starts_with("-ERR"))
      fail("nats", message);
    if (message.starts_with("PING")) {
      all.say(who, "PONG\r\n", true);
      return {};
    }
    auto& bytes = bytes_[who];
    bytes += message.size();
    auto whole = bytes / delivery_bytes_;
    bytes %= delivery_bytes_;
    return {false, whole};
  }

private:
  void publish_one(crowd& all, crowd::member publisher) override {
    all.say(publisher, "PUB posts " + std::to_string(post_.size()) + "\r\n" + post_ + "\r\n", true);
  }

  std::size_t delivery_bytes_ = ("MSG posts 1 " + std::to_string(post_.size()) + "\r\n" + post_ + "\r\n").size();
  std::unordered_map<crowd::member, std::size_t> bytes_; ///< of a delivery that isn't whole
};

// -- mosquitto: MQTT 3.1.1, quality 0 -----------------------------------------------------------

class mqtt_dialect final : public peer_dialect {
public:
  using peer_dialect::peer_dialect;
  crowd::upgrade subscriber(std::size_t) const override { return {"/mqtt", "mqtt", ""}; }
  bool greet(crowd& all, crowd::member who, bool) override {
    // CONNECT: protocol MQTT level 4, a clean session, no keep-alive, a client id
    all.say(who, packet(0x10, text("MQTT") + std::string{"\4\2\0\0", 4} + text("c" + std::to_string(who))), true);
    return false;
  }
  heard hear(crowd& all, crowd::member who, bool publishes, std::string_view message) override {
    heard out;
    while (message.size() >= 2) {
      auto kind = static_cast<unsigned char>(message[0]) & 0xf0;
      std::size_t size = 0, at = 1;
      for (int shift = 0; at < message.size(); shift += 7) {
        auto byte = static_cast<unsigned char>(message[at++]);
        size |= static_cast<std::size_t>(byte & 0x7f) << shift;
        if (byte < 0x80)
          break;
      }
      if (message.size() < at + size)
        fail("mosquitto", "a part of a packet in a frame");
      if (kind == 0x20 && !publishes) // CONNACK
        all.say(who, packet(0x82, std::string{"\0\1", 2} + text("posts") + std::string{"\0", 1}), true);
      out.ready |= kind == (publishes ? 0x20 : 0x90); // SUBACK
      out.posts += kind == 0x30;
      message.remove_prefix(at + size);
    }
    return out;
  }

private:
  static std::string text(const std::string& t) {
    return {std::string{static_cast<char>(t.size() >> 8), static_cast<char>(t.size())} + t};
  }
  static std::string packet(unsigned kind, const std::string& body) {
    std::string out{static_cast<char>(kind)};
    auto size = body.size();
    do
      out += static_cast<char>((size & 0x7f) | (size > 0x7f ? 0x80 : 0));
    while ((size >>= 7) > 0);
    return out + body;
  }
  void publish_one(crowd& all, crowd::member publisher) override {
    all.say(publisher, packet(0x30, text("posts") + post_), true);
  }
};

// -- ejabberd: XMPP over WebSocket (RFC 7395), everybody in one room (XEP-0045) ---------------------------

class xmpp_dialect final : public peer_dialect {
public:
  using peer_dialect::peer_dialect;
  crowd::upgrade subscriber(std::size_t) const override { return {"/ws", "xmpp", ""}; }
  bool greet(crowd& all, crowd::member who, bool) override {
    all.say(who, open);
    return false;
  }
  heard hear(crowd& all, crowd::member who, bool publishes, std::string_view message) override {
    auto has = [&](std::string_view what) { return message.find(what) != message.npos; };
    if (message.starts_with("<message"))
      return {false, has("<body>") && !publishes};
    if (has("<mechanism>"))
      all.say(who, "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='ANONYMOUS'/>");
    else if (message.starts_with("<success"))
      all.say(who, open);
    else if (has("xmpp-bind") && has("features"))
      all.say(who, "<iq xmlns='jabber:client' type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>");
    else if (has("<jid>"))
      all.say(who, "<presence xmlns='jabber:client' to='bench@conference.localhost/m" + std::to_string(who) +
                       "'><x xmlns='http://jabber.org/protocol/muc'><history maxstanzas='0'/></x></presence>");
    else if (has("error"))
      fail("ejabberd", message);
    return {message.starts_with("<presence") && has("110"), 0}; // status 110: one's own presence, so one is in
  }

private:
  static constexpr std::string_view open =
      "<open xmlns='urn:ietf:params:xml:ns:xmpp-framing' to='localhost' version='1.0'/>";
  void publish_one(crowd& all, crowd::member publisher) override {
    all.say(publisher, "<message xmlns='jabber:client' type='groupchat' to='bench@conference.localhost'><body>" +
                           post_ + "</body></message>");
  }
};

} // namespace

peer::peer(const std::string& name)
    : process_({"bench/peers/start", name, directory_ / "", std::to_string(port)}, server_core, directory_ / "log") {
  process_.await_port(port);
}

std::vector<std::string> installed_peers() {
  std::vector<std::string> found;
  for (std::string name : {"mosquitto", "nats", "ws", "socket.io", "ejabberd"})
    if (std::system(("bench/peers/start --installed " + name).c_str()) == 0)
      found.push_back(name);
  return found;
}

std::unique_ptr<dialect> dialect_of(const std::string& peer, std::size_t post_bytes) {
  if (peer == "mosquitto")
    return std::make_unique<mqtt_dialect>(post_bytes);
  if (peer == "nats")
    return std::make_unique<nats_dialect>(post_bytes);
  if (peer == "ws")
    return std::make_unique<ws_dialect>(post_bytes);
  if (peer == "socket.io")
    return std::make_unique<socket_io_dialect>(post_bytes);
  return std::make_unique<xmpp_dialect>(post_bytes);
}

} // namespace charter::bench
