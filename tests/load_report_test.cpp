// What a run leaves behind. (That its pictures are worth looking at, no test can say.)

#include <catch2/catch.hpp>

#include "apps/load/person.hpp"
#include "apps/load/report.hpp"

using namespace charter;
using namespace charter::load;

namespace {

/// A run of two seconds with one of everything.
struct made_up_run {
  scenario plan;
  population people = planned({4, 2, 1, 100, 1});
  event_loop loop;
  network net{loop};
  run_facts facts;

  made_up_run() { plan.population = people.plan; }

  void fill(world& w) {
    for (int second = 0; second < 2; ++second) {
      for (std::uint64_t us = 100; us < 50'000; us += 100)
        w.figures.delivered(us, us % 1'000 == 0);
      w.figures.reconnected(3'000);
      w.figures.answered("account.publish", 2'000);
      w.figures.refusal(errc::sanctioned);
      w.figures.tick(4, 0.1);
    }
    w.figures.marks.push_back({1, "storm: 30 % lose their connection"});
  }
  run_report report(const world& w) const {
    return {"city", "http://localhost:8080", "2026-11-24T18:00:00.000Z", 7, plan, w, facts};
  }
};

bool has(const std::string& text, std::string_view what) { return text.find(what) != text.npos; }

} // namespace

TEST_CASE("load: a report is one file that needs nothing else, and says that all held", "[load]") {
  made_up_run made;
  world w{made.plan, made.people, made.net, 1, "run"};
  made.fill(w);
  auto page = report_html(made.report(w));
  CHECK(has(page, "All invariants held"));
  CHECK(has(page, "<svg"));
  CHECK(has(page, "prefers-color-scheme: dark"));
  for (auto outside : {"src=", "href=", "url(", "@import", "<script", "nan", "inf"}) {
    CAPTURE(outside);
    CHECK_FALSE(has(page, outside));
  }
  auto document = report_json(made.report(w));
  CHECK(document["held"] == true);
  CHECK(document["totals"]["deliveries"] == w.figures.all.deliveries);
  CHECK(document["seconds"].size() == 2);
  CHECK(document["latency_us"]["delivery"]["count"] == w.figures.delivery.count());
  CHECK(document["refused"]["sanctioned"] == 2);
  CHECK(has(report_text(made.report(w)), "all invariants held"));
}

TEST_CASE("load: a report names what was broken, and escapes it", "[load]") {
  made_up_run made;
  world w{made.plan, made.people, made.net, 1, "run"};
  made.fill(w);
  w.found(4, "load-00001 of <acc_1>: 4 came twice");
  auto page = report_html(made.report(w));
  CHECK(has(page, "1 violation<"));
  CHECK(has(page, "&lt;acc_1&gt;: 4 came twice"));
  CHECK_FALSE(has(page, "<acc_1>"));
  CHECK(report_json(made.report(w))["violations"]["count"]["4"] == 1);
  CHECK(has(report_text(made.report(w)), "[I4] load-00001"));
}

TEST_CASE("load: a run in which nothing happened has a report, too", "[load]") {
  made_up_run made;
  world w{made.plan, made.people, made.net, 1, "run"};
  auto page = report_html(made.report(w));
  CHECK(has(page, "</html>"));
  CHECK_FALSE(has(page, "nan"));
}
