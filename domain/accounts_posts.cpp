#include "domain/accounts_decisions.hpp"

namespace charter::accounts {

namespace {

bool holds_news_back(const rule_book& book, timestamp now) {
  return book.news.restricted && in_force(book, book.news.rule, now);
}

news_right right_under(const rule_book& book, const state& s, timestamp now) {
  if (!holds_news_back(book, now))
    return news_right::original;
  if (!s.organisation)
    return std::min(s.requested, entitlement(book, s.kind, {}, s.approval, now));
  if (!s.organisation_copy)
    return news_right::none;
  const auto& copy = *s.organisation_copy;
  return std::min(s.requested, entitlement(book, copy.kind, copy.credentials, copy.approval, now));
}

/// What the post carries for ever; where no news is held back, there is nothing to tell apart (article 7.3).
news_right badge_of(const state& s, const context& in) {
  auto right = right_of(s, in);
  auto book = rules_of(in);
  return book && badge_for(**book, right) ? right : news_right::none;
}

// -- the gate, in the order in which a person can do something about it ----------------

status check_person(const user_standing& standing, const rule_book& book) {
  if (!standing.verified || standing.closed)
    return refuse(errc::identity_required, "public acts need a verified identity on file", book.identity.rule);
  if (standing.agreement_version != book.agreement.version)
    return refuse(errc::agreement_required, "please sign the current agreement, item by item, first",
                  book.agreement.rule);
  return done{};
}

// trace: sanction 8/8
status check_restrictions(const restrictions& all, std::string_view whose, post_kind kind, std::uint32_t posts_today,
                          timestamp now) {
  if (const auto* r = what_forbids(all, kind, posts_today, now))
    return refuse_sanctioned(*r, whose);
  return done{};
}

status check_organisation(const state& s, post_kind kind, std::uint32_t posts_today, timestamp now) {
  if (!s.organisation)
    return done{};
  if (!s.organisation_copy) {
    auto not_yet = refuse(errc::unavailable, "the organisation's standing has not arrived yet; please try again");
    not_yet.retry_after_ms = 1'000;
    return not_yet;
  }
  return check_restrictions(s.organisation_copy->restrictions, "its organisation", kind, posts_today, now);
}

// -- rows -------------------------------------------------------------------------------

status check_size(std::string_view what, std::size_t size, std::size_t max) {
  if (size > max)
    return refuse(errc::too_large, std::string{what} + " has at most " + std::to_string(max) + " bytes");
  return done{};
}

status check_post(const std::string& title, const personal_text& text, const std::string& link) {
  if (auto ok = check_size("a title", title.size(), limits::title_bytes_max); !ok)
    return ok.why();
  if (auto ok = check_size("a post", text.value_or_empty().size(), limits::post_bytes_max); !ok)
    return ok.why();
  return check_size("a link", link.size(), limits::link_bytes_max);
}

status check_source(const post_source& source) {
  if (source.post.owner.empty() || source.post.number == 0)
    return invalid("source", "please name the post to repost");
  if (auto ok = check_size("an account's name", source.account_name.size(), limits::title_bytes_max); !ok)
    return ok.why();
  return check_size("an excerpt", source.excerpt.size(), limits::profile_bytes_max);
}

/// The row that `needs` asked for, or null.
const post_row* row_of(const context& in, std::uint64_t number) {
  return in.rows.post && in.rows.post->number == number ? &*in.rows.post : nullptr;
}

decision<event> with_post(const context& in, std::uint64_t number, news_right badge, event e) {
  auto self = self_of(in);
  decision<event> out;
  out.events.push_back(std::move(e));
  out.answer = post_answer{{self, number}, number, in.now, badge};
  return out;
}

} // namespace

news_right right_of(const state& s, const context& in) {
  auto book = rules_of(in);
  return book ? right_under(**book, s, in.now) : news_right::none;
}

status may_publish(const state& s, post_kind kind, const context& in) {
  if (auto ok = check_editor(s, in); !ok)
    return ok.why();
  const auto& editor = *find_active(s, in.by.user());
  auto book = rules_of(in);
  if (!book)
    return book.why();
  if (auto ok = pass_gate(in, act::publish); !ok)
    return ok.why();
  if (auto ok = check_person(editor.standing, **book); !ok)
    return ok.why();
  auto posts_today = posts_on_day_of(s, in.now);
  if (auto ok = check_restrictions(s.held, "this account", kind, posts_today, in.now); !ok)
    return ok.why();
  if (auto ok = check_restrictions(editor.standing.restrictions, "you", kind, posts_today, in.now); !ok)
    return ok.why();
  if (auto ok = check_organisation(s, kind, posts_today, in.now); !ok)
    return ok.why();
  return charter::check_post(**book, right_under(**book, s, in.now), kind);
}

made on(const state& s, const publish& c, const context& in) {
  if (auto ok = may_publish(s, c.kind, in); !ok)
    return ok.why();
  if (c.text.value_or_empty().empty())
    return invalid("text", "a post says something");
  if (auto ok = check_post(c.title, c.text, c.link); !ok)
    return ok.why();
  auto number = s.last_number + 1;
  auto badge = badge_of(s, in);
  return with_post(in, number, badge,
                   published{number, in.now, c.kind, c.title, c.text, c.link, in.by.user(), {}, badge});
}

made on(const state& s, const repost& c, const context& in) {
  if (c.kind == post_kind::news_original)
    return invalid("kind", "a repost of news is declared as news_repost");
  // News stays news, whatever whoever re-posts it declares (article 7.2).
  auto kind = c.source.kind == post_kind::general ? c.kind : post_kind::news_repost;
  if (auto ok = may_publish(s, kind, in); !ok)
    return ok.why();
  if (auto ok = check_source(c.source); !ok)
    return ok.why();
  if (auto ok = check_post({}, c.comment, {}); !ok)
    return ok.why();
  auto number = s.last_number + 1;
  auto badge = badge_of(s, in);
  return with_post(in, number, badge,
                   published{number, in.now, kind, {}, c.comment, {}, in.by.user(), c.source, badge});
}

made on(const state& s, const correct& c, const context& in) {
  if (auto ok = check_editor(s, in); !ok)
    return ok.why();
  const auto* row = row_of(in, c.number);
  if (!row)
    return refuse(errc::not_found, "there is no such post");
  if (auto ok = may_publish(s, row->kind, in); !ok)
    return ok.why();
  if (row->state != post_state::visible)
    return refuse(errc::conflict, "this post was withdrawn or is withheld; it can't be corrected");
  if (row->earlier.size() >= limits::post_versions_max)
    return refuse(errc::too_large, "this post was corrected 50 times; please publish a new one");
  if (c.text.value_or_empty().empty() && !row->source)
    return invalid("text", "a post says something");
  auto title = c.title.value_or(row->title);
  if (auto ok = check_post(title, c.text, {}); !ok)
    return ok.why();
  return with_post(in, c.number, row->badge, corrected{c.number, in.now, std::move(title), c.text});
}

/// Taking back one's words is always possible: under a sanction, without policy, and of a withheld post too.
made on(const state& s, const withdraw_post& c, const context& in) {
  if (auto ok = check_editor(s, in); !ok)
    return ok.why();
  const auto* row = row_of(in, c.number);
  if (!row)
    return refuse(errc::not_found, "there is no such post");
  if (row->state == post_state::withdrawn)
    return refuse(errc::conflict, "this post was withdrawn already");
  return with_post(in, c.number, row->badge, post_withdrawn{c.number, in.now});
}

// -- withholding ------------------------------------------------------------------------

made on(const state& s, const withhold_post& c, const context& in) {
  if (auto ok = check_sanction_from(in, c.sanction); !ok)
    return ok.why();
  const auto* row = row_of(in, c.number);
  if (!s.exists || !row || row->state == post_state::withdrawn)
    return refused_enforcement<event>(effect_refused{"there is no such post any more"}, c.sanction, false);
  decision<event> out;
  out.events.push_back(post_withheld{c.number, in.now, c.sanction, c.rule});
  out.effects.push_back(confirm_enforcement(c.sanction, false));
  return out;
}

/// Only what this case withholds. Another one may have withheld the post since; then nothing shows before that ends.
made on(const state&, const restore_post& c, const context& in) {
  if (auto ok = check_sanction_from(in, c.sanction); !ok)
    return ok.why();
  const auto* row = row_of(in, c.number);
  decision<event> out;
  if (row && row->state == post_state::withheld && row->withheld_by == c.sanction)
    out.events.push_back(post_restored{c.number, in.now});
  else
    out.events.push_back(effect_refused{"this case withholds no such post"});
  out.effects.push_back(confirm_enforcement(c.sanction, true));
  return out;
}

} // namespace charter::accounts
