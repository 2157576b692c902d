#pragma once
// The ten articles, each walked through by the people whom it is about.

#include "apps/tour/stage.hpp"

namespace charter::tour {

void walk_article_1(stage& s);
void walk_article_2(stage& s);
void walk_article_3(stage& s);
void walk_article_4(stage& s);
void walk_article_5(stage& s);
void walk_article_6(stage& s);
void walk_article_7(stage& s);
void walk_article_8(stage& s);
void walk_article_9(stage& s);
void walk_article_10(stage& s);

} // namespace charter::tour
