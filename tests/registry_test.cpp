// The file of made-up persons that a trial verifies identities with.

#include <fstream>

#include <catch2/catch.hpp>

#include "actors/vault/identity_provider.hpp"
#include "bench/temporary_directory.hpp"

using namespace charter;
using namespace std::chrono_literals;

namespace {

constexpr timestamp now{1'700'000'000'000ms};

/// What a registry of these lines knows of who answers with that secret; empty when it is refused.
std::string name_behind(const std::string& lines, const std::string& subject, const std::string& secret) {
  bench::temporary_directory folder;
  auto file = folder / "people.jsonl";
  std::ofstream{file} << lines;
  auto opened = vault::open_registry(file);
  if (!opened || !(*opened)->begin("attempt", subject, now))
    return {};
  auto person = (*opened)->complete("attempt", secret, now);
  return person ? person->legal_name + " " + person->document_number + " " + person->region : std::string{};
}

/// The lines that a registry is refused for.
std::string mistakes_of(const std::string& lines) {
  bench::temporary_directory folder;
  auto file = folder / "people.jsonl";
  std::ofstream{file} << lines;
  auto opened = vault::open_registry(file);
  return opened ? std::string{} : opened.why().detail;
}

const std::string one = R"({"number":"T-1","secret":"s","legal_name":"A","document_number":"D","region":"31"})"
                        "\n";

std::string many(const std::string& bounds) {
  return R"({"number":"L-","secret":"s-","legal_name":"B ","document_number":"L","region":"44",)" + bounds + "}\n";
}

} // namespace

TEST_CASE("registry: a line is a person, a range stands for many", "[actors]") {
  auto file = "# people\n" + one + many(R"("from":1,"to":12345)");
  CHECK(name_behind(file, "T-1", "s") == "A D 31");
  CHECK(name_behind(file, "L-00001", "s-00001") == "B 00001 L00001 44");
  CHECK(name_behind(file, "L-12345", "s-12345") == "B 12345 L12345 44");
  CHECK(name_behind(file, "L-12346", "s-12346").empty());
  CHECK(name_behind(file, "L-00001", "s-00002").empty());
}

TEST_CASE("registry: every mistake is named with its line", "[actors]") {
  CHECK(mistakes_of(one + many(R"("from":1,"to":3)")).empty());
  auto all = mistakes_of(one + one + "{\n" + many(R"("from":2,"to":1)") + many(R"("from":1)") +
                         many(R"("from":1,"to":900000)") + many(R"("from":5,"to":6)") + many(R"("from":6,"to":7)"));
  for (auto line : {2, 3, 4, 5, 6, 8})
    CHECK(all.find(".jsonl:" + std::to_string(line) + ":") != all.npos);
  for (auto line : {1, 7})
    CHECK(all.find(".jsonl:" + std::to_string(line) + ":") == all.npos);
}
