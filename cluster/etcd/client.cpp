#include "cluster/etcd/client.hpp"

namespace charter::etcd {

key_range keys_below(std::string prefix) {
  CHARTER_ASSERT(!prefix.empty() && prefix.back() != '\xff');
  auto end = prefix;
  ++end.back();
  return {std::move(prefix), std::move(end)};
}

comparison value_is(std::string key, std::string value) {
  return {comparison::subject::value, std::move(key), std::move(value), 0};
}
comparison modified_at(std::string key, revision when) {
  return {comparison::subject::modified, std::move(key), {}, when};
}

operation read(key_range keys) { return {operation::deed::read, std::move(keys), {}, 0}; }
operation put(std::string key, std::string value, lease_id lease) {
  return {operation::deed::put, {std::move(key), {}}, std::move(value), lease};
}
operation erase(key_range keys) { return {operation::deed::erase, std::move(keys), {}, 0}; }

result<committed> client::commit(const transaction& one) {
  const transaction* all[] = {&one};
  return std::move(commit(all).front());
}

} // namespace charter::etcd
