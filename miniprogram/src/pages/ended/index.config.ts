export default definePageConfig({
  navigationBarTitleText: '微步之约',
})
