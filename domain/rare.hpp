#pragma once
// Parts of a state that hardly any entity has: a pointer each while there is nothing in them.
//
// A node keeps a million users alive, and nearly all of them have no blocks, no sanctions and no account to edit.
// Records, equality and loops see the same as with T and std::vector<T>.

#include <cstddef>
#include <initializer_list>
#include <memory>
#include <utility>
#include <vector>

namespace charter {

/// A value, held apart unless it is a default one. Read it with `*` and `->`, replace it with `=`.
template <class T>
class rare {
public:
  using value_type = T;

  rare() = default;
  rare(T value) { *this = std::move(value); }
  rare(const rare& other) : apart_(other.apart_ ? std::make_unique<T>(*other.apart_) : nullptr) {}
  rare(rare&&) noexcept = default;
  rare& operator=(const rare& other) { return *this = rare{other}; }
  rare& operator=(rare&&) noexcept = default;
  rare& operator=(T value) {
    apart_ = value == T{} ? nullptr : std::make_unique<T>(std::move(value));
    return *this;
  }

  const T& operator*() const {
    static const T nothing{};
    return apart_ ? *apart_ : nothing;
  }
  const T* operator->() const { return &**this; }
  friend bool operator==(const rare& a, const rare& b) { return *a == *b; }

private:
  std::unique_ptr<T> apart_;
};

/// A list, held apart unless it is empty.
template <class T>
class rare_list {
public:
  using value_type = T;
  using iterator = typename std::vector<T>::iterator;
  using const_iterator = typename std::vector<T>::const_iterator;

  rare_list() = default;
  rare_list(std::initializer_list<T> items) : rare_list(std::vector<T>(items)) {}
  rare_list(std::vector<T> items)
      : items_(items.empty() ? nullptr : std::make_unique<std::vector<T>>(std::move(items))) {}
  rare_list(const rare_list& other) : rare_list(other.items()) {}
  rare_list(rare_list&&) noexcept = default;
  rare_list& operator=(const rare_list& other) { return *this = rare_list{other}; }
  rare_list& operator=(rare_list&&) noexcept = default;

  const std::vector<T>& items() const {
    static const std::vector<T> nothing;
    return items_ ? *items_ : nothing;
  }

  bool empty() const { return size() == 0; }
  std::size_t size() const { return items_ ? items_->size() : 0; }
  iterator begin() { return items_ ? items_->begin() : iterator{}; }
  iterator end() { return items_ ? items_->end() : iterator{}; }
  const_iterator begin() const { return items_ ? items_->cbegin() : const_iterator{}; }
  const_iterator end() const { return items_ ? items_->cend() : const_iterator{}; }
  const T& front() const { return items_->front(); }
  const T& operator[](std::size_t index) const { return (*items_)[index]; }

  void clear() { items_.reset(); }
  void reserve(std::size_t count) {
    if (count > 0)
      list().reserve(count);
  }
  void push_back(T item) { list().push_back(std::move(item)); }
  T& emplace_back() { return list().emplace_back(); }
  void erase(const_iterator at) {
    items_->erase(at);
    give_up_if_empty();
  }

  template <class Gone>
  friend std::size_t erase_if(rare_list& all, Gone gone) {
    auto count = all.items_ ? std::erase_if(*all.items_, std::move(gone)) : 0;
    all.give_up_if_empty();
    return count;
  }
  friend std::size_t erase(rare_list& all, const T& item) {
    return erase_if(all, [&](const T& x) { return x == item; });
  }
  friend bool operator==(const rare_list& a, const rare_list& b) { return a.items() == b.items(); }

private:
  std::vector<T>& list() {
    if (!items_)
      items_ = std::make_unique<std::vector<T>>();
    return *items_;
  }
  void give_up_if_empty() {
    if (items_ && items_->empty())
      items_.reset();
  }

  std::unique_ptr<std::vector<T>> items_;
};

} // namespace charter
