#include "apps/tour/trial_cast.hpp"

namespace charter::tour {

namespace {

// "operator" is there from the founding, behind the first trial identity.
constexpr std::array<cast_member, 24> people{{
    {1, "operator", "operator", "", ""},
    {2, "moderator-lin", "moderator", "moderator", ""},
    {3, "moderator-wu", "moderator", "moderator", ""},
    {4, "senior-zhao", "senior moderator", "senior_moderator", ""},
    {5, "senior-qian", "senior moderator", "senior_moderator", ""},
    {6, "liaison-shanghai", "liaison officer for Shanghai", "liaison_officer", "31"},
    {7, "liaison-zhejiang", "liaison officer for Zhejiang", "liaison_officer", "33"},
    {8, "privacy-sun", "privacy officer", "privacy_officer", ""},
    {9, "privacy-zhou", "privacy officer", "privacy_officer", ""},
    {10, "office-shanghai", "officer of the Shanghai office", "regulator", "31"},
    {11, "office-zhejiang", "officer of the Zhejiang office", "regulator", "33"},
    {12, "office-national", "officer of the national office", "regulator", "00"},
    {13, "news-unit", "edits 晨报, of a news unit", "", ""},
    {14, "news-website", "edits 时区新闻网, of a news website", "", ""},
    {15, "portal", "edits 江南门户, of a credentialed non-news unit", "", ""},
    {16, "city-office", "edits 市政通告, of a government office", "", ""},
    {17, "enterprise", "edits 软件新版, of an enterprise", "", ""},
    {18, "peoples-org", "edits 宋词学会, of a people's organisation", "", ""},
    {19, "community", "edits 开源社区, of another organisation", "", ""},
    {20, "poetry", "edits 唐诗三百首, an individual's", "", ""},
    {21, "reader-an", "reader", "", ""},
    {22, "reader-bo", "reader", "", ""},
    {23, "reader-chen", "reader", "", ""},
    {24, "reader-ding", "reader", "", ""},
}};

constexpr std::array<cast_account, 8> held{{
    {"news-unit", "news_unit", "晨报社", "31", "press", "晨报", "世界各地的时间，每天早晨", "news", "original",
     "We report how governments set their clocks.", writes::time_news},
    {"news-website", "news_website", "时区新闻网络公司", "33", "news_information", "时区新闻网", "时区变动，及时报道",
     "news", "original", "News of time zones, our own and others'.", writes::time_news},
    {"portal", "non_news_unit", "江南门户公司", "33", "news_information", "江南门户", "转载与服务", "news", "repost",
     "A portal that passes on what news units publish.", writes::reposts},
    {"city-office", "government_office", "市政服务中心", "31", "", "市政通告", "升级之后要注意的事", "government", "",
     "Notices that everybody who runs a machine has to know.", writes::notices},
    {"enterprise", "enterprise", "软件发行公司", "31", "", "软件新版", "每个软件包的新版本", "science", "",
     "What is new in each package.", writes::software},
    {"peoples-org", "peoples_organisation", "宋词学会", "33", "", "宋词学会", "宋词一日一首", "culture", "",
     "A society that reads poems of the Song.", writes::song_poems},
    {"community", "other", "开源社区", "31", "", "开源社区", "工具的变化", "science", "",
     "People who build tools, about what they changed.", writes::changes},
    {"poetry", "individual", "", "31", "", "唐诗三百首", "唐诗，一首一首地读", "culture", "",
     "Poems of the Tang, one after the other.", writes::tang_poems},
}};

constexpr std::array<std::string_view, 4> reading{"reader-an", "reader-bo", "reader-chen", "reader-ding"};

} // namespace

std::span<const cast_member> members() { return people; }
std::span<const cast_account> accounts() { return held; }
std::span<const std::string_view> readers() { return reading; }

} // namespace charter::tour
