// A verification whose ticket doesn't reach the journal at once.

#include <catch2/catch.hpp>

#include <fstream>

#include <caf/all.hpp>

#include "actors/errors.hpp"
#include "actors/vault/vault_actor.hpp"
#include "bench/temporary_directory.hpp"
#include "storage/memory_store.hpp"
#include "storage/system_environment.hpp"

using namespace charter;

namespace {

/// A vault whose shards take nothing for a while.
class vault_world {
public:
  vault_world() {
    auto keys = folder_ / "keys";
    REQUIRE(vault::create_key_file(keys, storage::argon2_cost::minimal(), world_));
    auto ring = vault::load_key_file(keys);
    REQUIRE(ring);
    auto file = folder_ / "people.jsonl";
    std::ofstream{file} << R"({"number":"T-1","secret":"s","legal_name":"A","document_number":"D","region":"31"})"
                        << "\n";
    auto registry = vault::open_registry(file);
    REQUIRE(registry);
    auto* busy = &shards_busy_;
    auto shard = system_.spawn([busy] {
      return caf::behavior{[busy](const envelope&) -> caf::result<answer> {
        if (*busy)
          return to_error(refuse(errc::unavailable, "busy"));
        return answer{done{}};
      }};
    });
    for (auto id : shards_.shards())
      shards_.set(id, caf::actor_cast<shard_actor>(shard));
    vault::vault_parts parts;
    parts.keys = std::make_shared<const vault::key_ring>(std::move(*ring));
    parts.providers["registry"] = std::move(*registry);
    parts.router = &shards_;
    parts.rows = &rows_;
    parts.world = &world_;
    vault_ = vault::spawn_vault(system_, std::move(parts));
  }
  ~vault_world() {
    for (auto id : shards_.shards()) {
      caf::anon_send_exit(shards_.at(id), caf::exit_reason::user_shutdown);
      shards_.set(id, shard_actor{});
    }
    caf::anon_send_exit(vault_, caf::exit_reason::user_shutdown);
  }

  template <class Answer, class Question>
  result<Answer> ask(Question question) {
    caf::scoped_actor me{system_};
    result<Answer> out = refuse(errc::internal, "no answer");
    me->request(vault_, caf::infinite, std::move(question))
        .receive([&](const Answer& a) { out = a; }, [&](const caf::error& e) { out = to_refusal(e); });
    return out;
  }
  void shards_are_busy(bool busy) { shards_busy_ = busy; }

private:
  bench::temporary_directory folder_;
  storage::system_environment world_;
  storage::memory_store rows_;
  charter::router shards_{16};
  std::atomic<bool> shards_busy_{false};
  caf::actor_system_config config_;
  caf::actor_system system_{config_};
  vault_actor vault_;
};

} // namespace

TEST_CASE("vault: a verification can be completed again until its ticket is durable, and then no more", "[actors]") {
  vault_world w;
  auto attempt = w.ask<identity_attempt>(begin_identity{"registry", "T-1"});
  REQUIRE(attempt);
  complete_identity right{attempt->attempt, "s"};
  w.shards_are_busy(true);
  CHECK(w.ask<ticket_issued>(right).why().code == errc::unavailable);
  CHECK(w.ask<ticket_issued>(right).why().code == errc::unavailable);
  CHECK(w.ask<ticket_issued>(complete_identity{attempt->attempt, "wrong"}).why().code == errc::identity_required);
  w.shards_are_busy(false);
  auto ticket = w.ask<ticket_issued>(right);
  REQUIRE(ticket);
  CHECK(w.ask<ticket_resolved>(resolve_ticket{ticket->ticket}));
  CHECK(w.ask<ticket_issued>(right).why().code == errc::identity_required);
}
