// The hub: what one commit brings for a stream leaves as one buffer, and nothing overtakes a change of audience.

#include "net/hub.hpp"

#include <nlohmann/json.hpp>

#include "storage/memory_store.hpp"
#include "storage/vault/key_file.hpp"
#include "tests/actor_world.hpp"
#include "tests/fold_fixture.hpp"
#include "tests/storage_support.hpp"

using namespace charter;
using namespace charter::net;
using namespace charter::test;

namespace {

/// What a gateway was told, in order.
using told = std::shared_ptr<std::vector<push_or_change>>;

/// Hears nothing that it wasn't told to, and so never watches by itself.
caf::behavior recording_gateway(caf::event_based_actor* self, told into, hub_actor hub) {
  return {[self, into, hub](const pushes& p) {
    into->insert(into->end(), p.run->begin(), p.run->end());
    if (p.settle > 0)
      self->send(hub, audience_settled{p.settle});
  }};
}

class hub_bench {
public:
  hub_bench() {
    auto keys = scratch_ / "keys";
    REQUIRE(vault::create_key_file(keys, storage::argon2_cost::minimal(), env_));
    seal_ = std::move(*chat_seal::load(keys, env_));
    log_ = town();
    fold();
    hub_ = world_.own(spawn_hub(world_.system(), rows_, *seal_));
    auto gateway = world_.own(world_.system().spawn(recording_gateway, told_, hub_));
    caf::anon_send(hub_, join_hub{0}, caf::actor_cast<caf::strong_actor_ptr>(gateway));
  }

  void hear(const entity_id& stream, net::codec form) { caf::anon_send(hub_, watch{stream, form, true}); }
  void forget(const entity_id& stream, net::codec form) { caf::anon_send(hub_, watch{stream, form, false}); }

  /// One commit of one shard.
  template <class... Events>
  change_ptr happens(const entity_id& self, Events... events) {
    return std::make_shared<const change>(log_.happens(self, std::move(events)...));
  }
  change_ptr posted(std::string_view account, std::uint64_t number) {
    publish(log_, account, number, "post " + std::to_string(number));
    auto& c = log_.logs.at(shard_of(acc(account), town_shards)).back();
    return std::make_shared<const change>(c);
  }
  const std::vector<push_or_change>& commit(std::vector<change_ptr> changes) {
    fold();
    told_->clear();
    caf::anon_send(hub_, fresh{std::move(changes)});
    world_.run();
    return *told_;
  }

private:
  void fold() {
    for (auto& [shard, log] : log_.logs) {
      storage::folder folder{rows_, shard};
      for (auto& done = folded_[shard]; done < log.size(); ++done)
        folder.apply(done + 1, log[done]);
      rows_.write(folder.take());
    }
  }

  scratch_directory scratch_;
  seeded_environment env_;
  std::unique_ptr<chat_seal> seal_;
  storage::memory_store rows_;
  ledger log_;
  std::map<shard_id, std::size_t> folded_;
  told told_ = std::make_shared<std::vector<push_or_change>>();
  actor_world world_;
  hub_actor hub_;
};

std::vector<std::string> messages_in(const shared_frame& frames) {
  std::vector<std::string> all;
  auto& wire = *frames->plain();
  for (std::size_t at = 0; at < wire.size();) {
    std::size_t length = wire[at + 1] & 0x7f;
    at += 2;
    if (length == 126) {
      length = static_cast<std::size_t>(wire[at]) << 8 | wire[at + 1];
      at += 2;
    }
    all.emplace_back(wire.begin() + static_cast<std::ptrdiff_t>(at),
                     wire.begin() + static_cast<std::ptrdiff_t>(at + length));
    at += length;
  }
  return all;
}

} // namespace

TEST_CASE("hub: the posts of one commit are one buffer per stream, in order [I4]", "[gateway]") {
  hub_bench hub;
  hub.hear(acc("poems"), net::codec::json);
  hub.hear(acc("shop"), net::codec::json);
  auto run =
      hub.commit({hub.posted("poems", 6), hub.posted("shop", 6), hub.posted("poems", 7), hub.posted("poems", 8)});
  REQUIRE(run.size() == 2);
  auto& poems = *run[0].push;
  CHECK(poems.stream == entity_id{acc("poems")});
  CHECK(poems.first == 6);
  CHECK(poems.last == 8);
  auto messages = messages_in(poems.frames[index_of(net::codec::json)]);
  REQUIRE(messages.size() == 3);
  for (std::size_t i = 0; i < 3; ++i)
    CHECK(nlohmann::json::parse(messages[i])["params"]["number"] == 6 + i);
  CHECK(run[1].push->first == 6);
}

TEST_CASE("hub: what nobody hears is not encoded", "[gateway]") {
  hub_bench hub;
  CHECK(hub.commit({hub.posted("poems", 6)}).empty());
  hub.hear(acc("poems"), net::codec::msgpack);
  auto heard = hub.commit({hub.posted("poems", 7)});
  REQUIRE(heard.size() == 1);
  CHECK_FALSE(heard[0].push->frames[index_of(net::codec::json)]);
  CHECK(heard[0].push->frames[index_of(net::codec::msgpack)]);
  hub.forget(acc("poems"), net::codec::msgpack);
  CHECK(hub.commit({hub.posted("poems", 8)}).empty());
}

TEST_CASE("hub: a correction doesn't hide among numbered posts [I4]", "[gateway]") {
  hub_bench hub;
  hub.hear(acc("poems"), net::codec::json);
  auto corrected = [&] { return hub.happens(acc("poems"), accounts::corrected{1, noon, "", std::string{"better"}}); };
  auto run = hub.commit({hub.posted("poems", 6), corrected(), hub.posted("poems", 7)});
  REQUIRE(run.size() == 3);
  CHECK(run[0].push->last == 6);
  CHECK(run[1].push->first == 0); // a reader who loses it is told of a gap without a range
  CHECK(run[2].push->first == 7);
}

TEST_CASE("hub: no message overtakes a change of who hears it [I11]", "[gateway]") {
  hub_bench hub;
  hub.hear(cht("group"), net::codec::json);
  auto sent = [&](std::uint64_t n) {
    return hub.happens(cht("group"), chats::sent{n, noon, usr("anna"), sealed("x")});
  };
  auto run = hub.commit({sent(4), hub.happens(cht("group"), chats::left{usr("bert"), false, noon}), sent(5)});
  std::vector<bool> is_change;
  for (auto& item : run)
    is_change.push_back(item.change.has_value());
  // The message, that he left (he hears it), the change, the message that he mustn't hear.
  CHECK(is_change == std::vector<bool>{false, false, true, false});
}

TEST_CASE("hub: who joins a chat hears the message that comes with it, before any gateway watches [I4]", "[gateway]") {
  hub_bench hub;
  auto joined = hub.happens(cht("group"), chats::joined{usr("carl"), noon});
  auto sent = [&](std::uint64_t n) {
    return hub.happens(cht("group"), chats::sent{n, noon, usr("anna"), sealed("x")});
  };
  SECTION("when they listen") {
    hub.hear(usr("carl"), net::codec::msgpack);
    auto run = hub.commit({joined, sent(4)});
    REQUIRE(run.size() == 3); // the change, that carl joined, the message
    CHECK(run[0].change);
    auto& message = *run[2].push;
    CHECK(message.first == 4);
    CHECK(message.frames[index_of(net::codec::msgpack)]);
    CHECK_FALSE(message.frames[index_of(net::codec::json)]);
    CHECK(hub.commit({sent(5)}).empty()); // no gateway took it up
  }
  SECTION("and nobody is told when they don't") {
    auto run = hub.commit({joined, sent(4)});
    REQUIRE(run.size() == 1);
    CHECK(run[0].change);
  }
}
